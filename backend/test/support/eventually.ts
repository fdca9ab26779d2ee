import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

/** Waits until a condition holds; false when it has not by then. */
export async function until(condition: () => boolean | Promise<boolean>, withinMs = 8_000): Promise<boolean> {
  const end = Date.now() + withinMs;
  for (;;) {
    if (await condition()) return true;
    if (Date.now() > end) return false;
    await sleep(5);
  }
}

/** Expects that what is read comes to equal `expected`, now or soon. */
export async function becomes(read: () => unknown, expected: unknown, withinMs?: number): Promise<void> {
  await until(async () => isDeepStrictEqual(await read(), expected), withinMs);
  expect(await read()).toEqual(expected);
}
