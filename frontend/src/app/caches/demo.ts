import { Injectable, inject } from '@angular/core';
import { firstValueFrom } from 'rxjs';
import { LapseApi } from '../api/lapse-api.js';
import type { SetOperation } from '@lapse/protocol';
import { ApiProblem } from '../api/problem.js';

/** The cache that demo entries go into. */
export const DEMO_CACHE = 'demo';

const SHORTEST_MS = 5_000;
const LONGEST_MS = 60_000;
const PEOPLE = ['ada', 'grace', 'alan', 'edsger', 'barbara', 'donald', 'radia', 'ken', 'margaret', 'linus'];
const ITEMS = ['keyboard', 'lamp', 'notebook', 'headphones', 'monitor', 'desk', 'chair', 'cable'];

/** Entries of 5 to 60 seconds, of the kinds people keep in a cache, so that something expires while one looks. */
@Injectable({ providedIn: 'root' })
export class Demo {
  private readonly api = inject(LapseApi);

  /** Creates them in one call. Fails with an `ApiProblem`. */
  async create(): Promise<void> {
    const results = await firstValueFrom(this.api.batch(DEMO_CACHE, demoEntries()));
    const failed = results.filter((result) => result.status >= 400);
    if (failed.length === 0) return;
    const reason = failed[0]?.error?.detail ?? 'no reason given';
    throw new ApiProblem(
      failed[0]!.status,
      'batch',
      `${failed.length} of ${results.length} were refused: ${reason}`,
    );
  }
}

/** Forty entries whose deadlines are spread evenly, the first after five seconds and the last after sixty. */
export function demoEntries(random: () => number = Math.random): SetOperation[] {
  const kinds = [session, code, cart, rate];
  return Array.from({ length: PEOPLE.length * kinds.length }, (_, i) => {
    const person = PEOPLE[i % PEOPLE.length]!;
    const { key, value } = kinds[Math.floor(i / PEOPLE.length)]!(person, random);
    return { op: 'set', key, value, ttlMs: ttl(i, PEOPLE.length * kinds.length) };
  });
}

/** Steps through the span in leaps of 7, so that neighbours by key do not expire one after another. */
function ttl(index: number, count: number): number {
  const place = (index * 7) % count;
  return Math.round(SHORTEST_MS + ((LONGEST_MS - SHORTEST_MS) * place) / (count - 1));
}

function session(person: string, random: () => number) {
  const device = random() < 0.5 ? 'phone' : 'laptop';
  return { key: `session:${person}`, value: { user: person, device, visits: whole(random, 1, 40) } };
}

function code(person: string, random: () => number) {
  return { key: `otp:${person}`, value: { code: String(whole(random, 100_000, 999_999)), attempts: 0 } };
}

function cart(person: string, random: () => number) {
  const items = Array.from({ length: whole(random, 1, 3) }, () => ITEMS[whole(random, 0, ITEMS.length - 1)]);
  return { key: `cart:${person}`, value: { items, total: whole(random, 1_000, 30_000) / 100 } };
}

function rate(person: string, random: () => number) {
  return { key: `rate:${person}`, value: whole(random, 1, 100) };
}

function whole(random: () => number, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}
