import type { Page } from 'playwright-core';
import type { LapseEvent } from '@lapse/protocol';
import { allowLostConnections, openTab } from './support/browser.js';
import { becomes, until } from './support/eventually.js';
import { Follower, closeFollowers } from './support/follower.js';
import { lapse } from './support/helper.js';

const HOUR = 3_600_000;

describe('the streams that nginx passes on', () => {
  let cache: string;
  let caches = 0;

  beforeEach(async () => {
    cache = `streamed-${++caches}`;
    await lapse().setPolicy(cache, {});
  });

  afterEach(() => {
    closeFollowers();
    lapse().mend();
  });

  describe('server-sent events, to a native EventSource', () => {
    let page: Page;

    /** What the page has heard so far: the event, its id, and when it came. */
    const heard = () =>
      page.evaluate(
        () => (window as unknown as { heard: { id: string; at: number; event: LapseEvent }[] }).heard,
      );
    const told = async () => (await heard()).map(({ event }) => `${event.type} ${event.key}`);

    beforeEach(async () => {
      page = await openTab(lapse().web);
      await page.evaluate(async (url) => {
        const source = new EventSource(url);
        const heard: unknown[] = [];
        Object.assign(window, { heard, source });
        for (const type of [
          'created',
          'updated',
          'renewed',
          'expired',
          'evicted',
          'deleted',
          'cleared',
          'gap',
        ]) {
          source.addEventListener(type, ({ lastEventId, data }) => {
            heard.push({ id: lastEventId, at: Date.now(), event: JSON.parse(String(data)) });
          });
        }
        await new Promise((opened) => source.addEventListener('open', opened));
      }, `/api/v1/caches/${cache}/events/stream`);
    });

    it('come one by one, as they happen', async () => {
      for (const key of ['a', 'b', 'c']) {
        const sent = Date.now();
        const { version } = await lapse().put(cache, key, `value of ${key}`, HOUR);
        await becomes(async () => (await told()).at(-1), `created ${key}`);
        const last = (await heard()).at(-1)!;
        expect(last.at - sent)
          .withContext('ms from the write to the page')
          .toBeLessThan(1_000);
        expect(last.id).toBe(version);
        expect(last.event.value).toBe(`value of ${key}`);
      }
    });

    it('go on after a cut where they broke off, by Last-Event-ID', async () => {
      allowLostConnections(page);
      await lapse().put(cache, 'before', 1, HOUR);
      await becomes(told, ['created before']);
      lapse().cut();
      await becomes(
        () => page.evaluate(() => (window as unknown as { source: EventSource }).source.readyState),
        0,
      );
      await lapse().put(cache, 'meanwhile', 2, HOUR);
      await lapse().remove(cache, 'before');
      lapse().mend();
      await becomes(told, ['created before', 'created meanwhile', 'deleted before']);
      await lapse().put(cache, 'after', 3, HOUR);
      await becomes(told, ['created before', 'created meanwhile', 'deleted before', 'created after']);
    });
  });

  for (const [door, url] of [
    ['through nginx', () => lapse().webWs],
    ['at its own port', () => lapse().ws],
  ] as const) {
    it(`WebSocket ${door}: welcome, subscribed, and each event with its value`, async () => {
      const follower = await Follower.connect(url());
      expect((await follower.frame('welcome')).heartbeatMs).toBeGreaterThan(0);
      expect(follower.frames[0]?.frame.type).toBe('welcome');
      follower.send({ type: 'subscribe', id: 's', cache });
      expect((await follower.frame('subscribed')).cache).toBe(cache);
      await lapse().put(cache, 'a', { n: 1 }, 400);
      const [created, expired] = await follower.hears(2);
      expect([created?.type, expired?.type]).toEqual(['created', 'expired']);
      expect([created?.value, expired?.value]).toEqual([{ n: 1 }, { n: 1 }]);
    });

    it(`WebSocket ${door}: an address is enough to subscribe`, async () => {
      const follower = await Follower.connect(`${url()}?cache=${cache}&types=deleted&prefix=user:`);
      expect((await follower.frame('subscribed')).id).toBe('url');
      for (const key of ['user:1', 'guest:1']) {
        await lapse().put(cache, key, key, HOUR);
        await lapse().remove(cache, key);
      }
      await lapse().put(cache, 'user:2', 'last', HOUR);
      await lapse().remove(cache, 'user:2');
      await until(() => follower.events.some(({ key }) => key === 'user:2'));
      expect(follower.events.map(({ type, key }) => `${type} ${key}`)).toEqual([
        'deleted user:1',
        'deleted user:2',
      ]);
    });
  }
});
