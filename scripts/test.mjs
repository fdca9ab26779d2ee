// `npm test [-- suite…]`. Runs before anything is installed, so it needs Node alone; this file also parses on older
// ones.
const major = Number(process.versions.node.split('.')[0]);

if (major < 20) {
  console.error(`lapse: Node ${process.versions.node} is too old: install Node 20 or newer.`);
  process.exitCode = 2;
} else {
  const { runTests } = await import('./test-run.mjs');
  await runTests(process.argv.slice(2));
}
