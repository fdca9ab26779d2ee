const { writeFileSync } = require('node:fs');
const frontend = require('../frontend/karma.conf.cjs');

/**
 * The frontend's own configuration and, beside its reporter, one that writes how many specs passed and failed to the
 * file that LAPSE_RESULTS names, for `npm test` to add up.
 */
module.exports = (config) => {
  frontend(config);
  config.set({
    plugins: [...config.plugins, { 'reporter:results': ['type', Results] }],
    reporters: [...config.reporters, 'results'],
  });
};

function Results() {
  let skipped = 0;
  this.onSpecComplete = (_browser, result) => {
    if (result.skipped) skipped += 1;
  };
  this.onRunComplete = (_browsers, { success, failed, error, disconnected }) => {
    // A browser that crashed or was cut off has run only some of them.
    const broken = failed === 0 && (error || disconnected) ? 1 : 0;
    writeFileSync(
      process.env.LAPSE_RESULTS,
      JSON.stringify({ passed: success, failed: failed + broken, skipped }),
    );
  };
}
