import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

/** Expects that axe finds nothing serious or critical on the page as it stands. */
export async function expectAccessible(page: Page, state: string): Promise<void> {
  // What fades in is judged once it has: half transparent, nothing has contrast enough.
  await page.evaluate(() =>
    Promise.all(
      document
        .getAnimations()
        .filter((animation) => animation.effect?.getComputedTiming().iterations !== Infinity)
        .map((animation) => animation.finished.catch(() => undefined)),
    ),
  );
  const { violations, passes } = await new AxeBuilder({ page })
    .options({ resultTypes: ['violations'] })
    .setLegacyMode()
    .analyze();
  expect(passes.length).withContext(`rules that axe checked: ${state}`).toBeGreaterThan(10);
  const grave = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`);
  expect(grave).withContext(`what axe found: ${state}`).toEqual([]);
}

/**
 * Expects that nothing sticks out at the right, where a page that cannot be scrolled sideways would hide it. What
 * scrolls or is cut off within its own frame does so on purpose.
 */
export async function expectNothingBesideThePage(page: Page, state: string): Promise<void> {
  const { scrolls, outside } = await page.evaluate(() => {
    const outside: string[] = [];
    for (const element of document.body.querySelectorAll('*')) {
      const { right, width, height } = element.getBoundingClientRect();
      if (width === 0 || height === 0 || right <= innerWidth + 0.5) continue;
      let frame = element.parentElement;
      while (frame && frame !== document.body && getComputedStyle(frame).overflowX === 'visible')
        frame = frame.parentElement;
      if (!frame || frame === document.body || frame.getBoundingClientRect().right > innerWidth + 0.5)
        outside.push(`${element.outerHTML.slice(0, 120)} to ${Math.round(right)}`);
    }
    return { scrolls: document.documentElement.scrollWidth > innerWidth, outside };
  });
  expect(outside).withContext(`what sticks out: ${state}`).toEqual([]);
  expect(scrolls).withContext(`scrolls sideways: ${state}`).toBeFalse();
}
