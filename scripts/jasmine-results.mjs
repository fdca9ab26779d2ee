import { writeFileSync } from 'node:fs';

/**
 * A jasmine helper: beside the usual report, writes how many specs passed and failed to the file that LAPSE_RESULTS
 * names, for `npm test` to add up. The file comes last, so that a crash leaves none.
 */
const path = process.env.LAPSE_RESULTS;
const results = { passed: 0, failed: 0, skipped: 0 };

if (path) {
  jasmine.getEnv().addReporter({
    specDone: ({ status }) => {
      if (status === 'passed') results.passed += 1;
      else if (status === 'failed') results.failed += 1;
      // A spec that was left out on purpose (xit, or not chosen by fit) did not pass.
      else results.skipped += 1;
    },
    suiteDone: ({ failedExpectations }) => {
      if (failedExpectations.length > 0) results.failed += 1;
    },
    jasmineDone: ({ overallStatus, failedExpectations }) => {
      if (failedExpectations.length > 0) results.failed += 1;
      // "incomplete": focused specs, or none at all.
      if (overallStatus !== 'passed' && results.failed === 0) results.failed = 1;
      writeFileSync(path, JSON.stringify(results));
    },
  });
}
