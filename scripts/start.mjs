// `npm start`. Runs before anything is installed, so it needs Node alone; this file also parses on older ones.
const major = Number(process.versions.node.split('.')[0]);

if (process.platform === 'win32') {
  console.error('lapse: Redis and nginx do not run on Windows itself: use WSL, or docker compose up.');
  process.exitCode = 2;
} else if (major < 20) {
  console.error(`lapse: Node ${process.versions.node} is too old: install Node 20 or newer.`);
  process.exitCode = 2;
} else {
  const { runStarter } = await import('./starter.mjs');
  await runStarter();
}
