import type { Entry, LapseEvent } from '@lapse/protocol';
import { openTab } from './support/browser.js';
import { becomes, sees } from './support/eventually.js';
import { Follower, closeFollowers } from './support/follower.js';
import { lapse } from './support/helper.js';
import { entryPath } from './support/lapse.js';

const HOUR = 3_600_000;

describe('a program that uses the public ports', () => {
  afterEach(closeFollowers);

  it('hears that an entry was created and, at its deadline, that it expired, with its last value', async () => {
    const follower = await Follower.subscribe(lapse().ws, 'flow');
    // Several, and the middle one counts: this machine may be doing something else just then.
    const keys = ['a', 'b', 'c', 'd', 'e'];
    for (const key of keys) await lapse().put('flow', key, `first of ${key}`, HOUR);
    for (const key of keys) await lapse().put('flow', key, `last of ${key}`, 1_500 + keys.indexOf(key) * 40);
    const events = await follower.hears(15);
    const expired = events.filter(({ type }) => type === 'expired');
    expect(events.map(({ type }) => type)).toEqual([
      ...keys.map(() => 'created' as const),
      ...keys.map(() => 'updated' as const),
      ...keys.map(() => 'expired' as const),
    ]);
    for (const { key, value, at, expiresAt, lagMs } of expired) {
      expect(value).toBe(`last of ${key}`);
      expect(lagMs).toBe(Date.parse(at) - Date.parse(expiresAt!));
      expect(lagMs).withContext('never early').toBeGreaterThanOrEqual(0);
    }
    expect(middle(expired.map(({ lagMs }) => lagMs!))).toBeLessThan(50);
  });

  it('evicts exactly the least recently used of 1,001 entries in a cache of 1,000', async () => {
    await lapse().setPolicy('full', { maxEntries: 1_000 });
    const follower = await Follower.connect(`${lapse().ws}?cache=full&types=evicted,expired,deleted`);
    await follower.frame('subscribed');
    await lapse().batch(
      'full',
      Array.from({ length: 1_000 }, (_, i) => ({ op: 'set' as const, key: `k${i}`, value: i, ttlMs: HOUR })),
    );
    await lapse().get('full', 'k0');
    expect(
      (await lapse().call('PUT', entryPath('full', 'k1000'), { value: 1_000, ttlMs: HOUR })).status,
    ).toBe(201);
    // Whatever else was evicted would have been announced before this.
    await lapse().remove('full', 'k999');
    const [evicted, ...rest] = await follower.hears(2);
    expect(evicted).toEqual(
      jasmine.objectContaining<LapseEvent>({ type: 'evicted', key: 'k1', value: 1, reason: 'entries' }),
    );
    expect(rest.map(({ type, key }) => `${type} ${key}`)).toEqual(['deleted k999']);
    expect((await lapse().cache('full')).entries).toBe(999);
  });

  it('takes an entry: the first to ask gets the value, the second nothing', async () => {
    await lapse().put('taken', 'code', { digits: 778_114 }, HOUR);
    const take = () =>
      lapse().call<Entry>('DELETE', entryPath('taken', 'code'), undefined, {
        Prefer: 'return=representation',
      });
    const answers = await Promise.all([take(), take()]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 404]);
    expect(answers.find(({ status }) => status === 200)?.body.value).toEqual({ digits: 778_114 });
  });

  it('replaces no version but the one it read', async () => {
    const { version } = await lapse().put('versions', 'a/b', 1, HOUR);
    const replace = (value: number, etag: string) =>
      lapse().call('PUT', entryPath('versions', 'a/b'), { value }, { 'If-Match': etag });
    expect((await replace(2, `"${version}"`)).status).toBe(200);
    const late = await replace(3, `"${version}"`);
    expect(late.status).toBe(412);
    expect(late.headers.get('content-type')).toContain('application/problem+json');
    expect(late.body).toEqual(
      jasmine.objectContaining({ type: '/api/v1/problems/version-mismatch', status: 412 }),
    );
    expect((await lapse().peek('versions', 'a/b')).value).toBe(2);
  });

  it('has the same API through nginx, keys with slashes and all', async () => {
    await lapse().put('doors', 'a/b', 'both doors', HOUR);
    const response = await fetch(`${lapse().web}/api/v1${entryPath('doors', 'a/b')}`);
    expect(response.headers.get('etag')).toMatch(/^"/);
    expect(((await response.json()) as Entry).value).toBe('both doors');
  });

  it('can be tried in Swagger UI, through nginx', async () => {
    await lapse().put('tried', 'a', 1, HOUR);
    const page = await openTab(`${lapse().web}/api/v1/swagger`);
    const call = page
      .locator('.opblock')
      .filter({ hasText: '/caches/{cache}' })
      .filter({ hasText: 'GET' })
      .first();
    await sees(call);
    await call.getByRole('button').first().click();
    await call.getByPlaceholder('cache').fill('tried');
    await page.getByRole('button', { name: 'Execute', exact: true }).click();
    await becomes(async () => {
      const answer = await call.locator('.live-responses-table .highlight-code').first().innerText();
      return (
        JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1)) as { entries: number }
      ).entries;
    }, 1);
  });
});

function middle(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}
