/** `npm test` finds one, or installs it, and says where. */
export const CHROMIUM = process.env['CHROME_BIN'] ?? '/usr/bin/chromium';

/** What Chromium needs to run here, and to keep it on this machine. */
export const CHROMIUM_FLAGS = [
  // Chromium's own sandbox refuses to work for root.
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  // Whatever asks for another machine finds none.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
];
