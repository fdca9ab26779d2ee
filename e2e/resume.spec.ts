import { allowLostConnections, expectComplaint } from './support/browser.js';
import { CachePage } from './support/cache-page.js';
import { becomes, sees } from './support/eventually.js';
import { lapse } from './support/helper.js';

const HOUR = 3_600_000;

describe('what a page says of a loss of its connection', () => {
  let cache: string;
  let ui: CachePage;
  let caches = 0;

  beforeEach(async () => {
    cache = `interrupted-${++caches}`;
    await lapse().setPolicy(cache, {});
    await lapse().put(cache, 'before', 1, HOUR);
    ui = await CachePage.open(cache);
    await ui.reads('created', 'before');
    allowLostConnections(ui.page);
  });

  afterEach(() => lapse().mend());

  async function during(missed: () => Promise<void>): Promise<void> {
    lapse().cut();
    await sees(ui.badge.getByText('Reconnecting'));
    await missed();
    lapse().mend();
  }

  /** The feed from the top: `late` lines marked by `+`, places where the connection was lost in their own words. */
  function feed(): Promise<string[]> {
    return ui.feed.getByRole('listitem').evaluateAll((items) =>
      items
        .map((item) => ({
          top: item.getBoundingClientRect().top,
          late: item.querySelector('.late') !== null,
          text: [...item.querySelectorAll('.type, .key, lapse-feed-mark span')]
            .map((part) => part.textContent)
            .join(' '),
        }))
        .sort((a, b) => a.top - b.top)
        .map(({ late, text }) => (late ? '+ ' : '') + text.replace(/\d\d:\d\d:\d\d/g, 'T')),
    );
  }

  it('is how many events were replayed, and in the feed, which', async () => {
    await during(async () => {
      for (let i = 0; i < 3; i++) await lapse().put(cache, `missed:${i}`, i, HOUR);
    });
    await sees(ui.page.getByText('Live again: 3 missed events replayed.'));
    await lapse().put(cache, 'after', 1, HOUR);
    await becomes(feed, [
      'created after',
      '+ created missed:2',
      '+ created missed:1',
      '+ created missed:0',
      'Connection lost T – T 3 events replayed',
      'created before',
    ]);
  });

  it('is that nothing was missed, if so; the feed has nothing to mark then', async () => {
    await during(() => Promise.resolve());
    await sees(ui.page.getByText('Live again: nothing was missed.'));
    await lapse().put(cache, 'after', 1, HOUR);
    await becomes(feed, ['created after', 'created before']);
  });

  it('is that everything was listed again when the log does not reach back', async () => {
    // The feed asks the log for what it missed, and is refused it.
    expectComplaint(ui.page, /status of 410/);
    await lapse().setPolicy(cache, { history: 1 });
    await during(async () => {
      for (let i = 0; i < 3; i++) await lapse().put(cache, `missed:${i}`, i, HOUR);
      await lapse().remove(cache, 'before');
    });
    await sees(ui.page.getByText('What was missed could not be replayed: the list was read again.'));
    await becomes(() => ui.keys().then((keys) => keys.toSorted()), ['missed:0', 'missed:1', 'missed:2']);
    await lapse().put(cache, 'after', 1, HOUR);
    await becomes(feed, [
      'created after',
      'The connection was lost here: events may be missing T – T',
      'created before',
    ]);
  });
});
