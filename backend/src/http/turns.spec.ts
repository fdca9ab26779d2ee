import { setImmediate as nextTurn } from 'node:timers/promises';
import { Turns } from './turns.js';

describe('Turns', () => {
  it('begins eight at once, and eight more in each turn that follows, in order', async () => {
    const turns = new Turns();
    const begun: number[] = [];
    for (let i = 0; i < 20; i++) turns.take(() => begun.push(i));
    const counts = [begun.length];
    for (let turn = 0; turn < 3; turn++) {
      await nextTurn();
      counts.push(begun.length);
    }
    expect(counts).toEqual([8, 16, 20, 20]);
    expect(begun).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it('lets who comes later wait behind those who wait', async () => {
    const turns = new Turns();
    const begun: string[] = [];
    for (let i = 0; i < 9; i++) turns.take(() => begun.push(`${i}`));
    await nextTurn();
    turns.take(() => begun.push('late'));
    await nextTurn();
    expect(begun.slice(8)).toEqual(['8', 'late']);
  });
});
