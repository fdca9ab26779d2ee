const { existsSync } = require('node:fs');

// Debian's Chromium, unless the environment names another browser.
if (!process.env.CHROME_BIN && existsSync('/usr/bin/chromium')) process.env.CHROME_BIN = '/usr/bin/chromium';

// Chromium's sandbox refuses to run as root, and no test leaves this machine.
const flags = [
  '--headless=new',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
];
if (process.getuid?.() === 0) flags.push('--no-sandbox');

module.exports = (config) =>
  config.set({
    frameworks: ['jasmine'],
    plugins: [require('karma-jasmine'), require('karma-chrome-launcher')],
    hostname: '127.0.0.1',
    listenAddress: '127.0.0.1',
    logLevel: config.LOG_ERROR,
    colors: process.stdout.isTTY === true,
    reporters: ['dots'],
    browsers: ['HeadlessChromium'],
    customLaunchers: { HeadlessChromium: { base: 'Chrome', flags } },
    client: { jasmine: { random: true, failSpecWithNoExpectations: true } },
    browserNoActivityTimeout: 60_000,
    restartOnFileChange: false,
    failOnEmptyTestSuite: true,
  });
