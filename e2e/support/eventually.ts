import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Locator } from 'playwright-core';
import { PATIENCE_MS } from './browser.js';

/** Waits until a condition holds; false when it has not by then. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  withinMs = PATIENCE_MS,
): Promise<boolean> {
  const end = Date.now() + withinMs;
  for (;;) {
    if (await condition()) return true;
    if (Date.now() > end) return false;
    await sleep(50);
  }
}

/** Expects that what is read comes to equal `expected`, now or soon. */
export async function becomes(read: () => unknown, expected: unknown, withinMs?: number): Promise<void> {
  let last: unknown;
  await until(async () => isDeepStrictEqual((last = await read()), expected), withinMs);
  expect(last).toEqual(expected);
}

/** Expects to see it, now or soon. */
export async function sees(what: Locator, withinMs = PATIENCE_MS): Promise<void> {
  const seen = await settled(what, 'visible', withinMs);
  expect(seen)
    .withContext(`${String(what)} shows`)
    .toBeTrue();
}

/** Expects not to see it (any more), now or soon. */
export async function seesNo(what: Locator, withinMs = PATIENCE_MS): Promise<void> {
  const gone = await settled(what, 'hidden', withinMs);
  expect(gone)
    .withContext(`${String(what)} does not show`)
    .toBeTrue();
}

function settled(what: Locator, state: 'visible' | 'hidden', timeout: number): Promise<boolean> {
  return what
    .first()
    .waitFor({ state, timeout })
    .then(
      () => true,
      () => false,
    );
}
