import { closeBrowser, closeTabs, expectNoTrouble, forgetProfiles, photographTabs } from './browser.js';
import { Lapse } from './lapse.js';

let running: Lapse | undefined;

/** The Lapse that all specs share; each uses cache names of its own in it. */
export function lapse(): Lapse {
  if (!running) throw new Error('Lapse runs only while specs do');
  return running;
}

// A busy machine is slow, and a person's path through the UI is long.
jasmine.DEFAULT_TIMEOUT_INTERVAL = 60_000;

jasmine.getEnv().addReporter({
  // Here, because only here is it known how the spec went; its pages are still open.
  async specDone({ status, fullName }) {
    if (status === 'failed') await photographTabs(fullName);
    await closeTabs();
    if (status === 'failed') await forgetProfiles();
  },
});

beforeAll(async () => {
  running = await Lapse.start();
});

afterEach(() => expectNoTrouble());

afterAll(async () => {
  await closeBrowser();
  await running?.end();
});
