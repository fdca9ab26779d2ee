import type { Page } from 'playwright-core';

/** Everything about a page that nobody looks at and that should not be there. */
export class Trouble {
  private readonly seen: string[] = [];
  private readonly expected: RegExp[] = [];
  private readonly allowed: RegExp[] = [];

  static async watch(page: Page): Promise<Trouble> {
    const trouble = new Trouble();
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) trouble.seen.push(message.text());
    });
    page.on('pageerror', (error) => trouble.seen.push(`uncaught: ${String(error)}`));
    page.on('crash', () => trouble.seen.push('the page crashed'));
    page.on('request', (request) => {
      const { protocol, hostname } = new URL(request.url());
      if (/^(https?|wss?):$/.test(protocol) && hostname !== 'localhost')
        trouble.seen.push(`asked another machine: ${request.url()}`);
    });
    // Told by the browser itself: a blocked style or image need not be a console error.
    await page.addInitScript(() => {
      addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
        console.error(`content security policy: ${violatedDirective} blocked ${blockedURI}`);
      });
    });
    return trouble;
  }

  expect(about: RegExp): void {
    this.expected.push(about);
  }

  allow(about: RegExp): void {
    this.allowed.push(about);
  }

  get unexpected(): string[] {
    const known = [...this.expected, ...this.allowed];
    return this.seen.filter((one) => !known.some((about) => about.test(one)));
  }

  get missing(): string[] {
    return this.expected.filter((about) => !this.seen.some((one) => about.test(one))).map(String);
  }
}
