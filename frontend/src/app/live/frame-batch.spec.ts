import type { ServerFrame } from '@lapse/protocol';
import { FrameBatch } from './frame-batch.js';

describe('a frame batch', () => {
  const frame = (id: string): ServerFrame => ({ type: 'unsubscribed', id });
  const ids = (frames: readonly ServerFrame[]) => frames.map((one) => ('id' in one ? (one.id ?? '') : ''));

  it('hands over all frames of an animation frame at once and in order', async () => {
    const batches: string[][] = [];
    const batch = new FrameBatch((frames) => batches.push(ids(frames)));
    for (let i = 0; i < 1000; i++) batch.add(frame(String(i)));
    expect(batches).toEqual([]);
    await new Promise((done) => setTimeout(done, 300));
    expect(batches.length).toBe(1);
    expect(batches[0]).toEqual(Array.from({ length: 1000 }, (_, i) => String(i)));
  });

  it('does not wait for an animation frame that a hidden tab never draws', async () => {
    spyOn(window, 'requestAnimationFrame').and.returnValue(0);
    const batches: string[][] = [];
    const batch = new FrameBatch((frames) => batches.push(ids(frames)));
    batch.add(frame('a'));
    await new Promise((done) => setTimeout(done, 300));
    expect(batches).toEqual([['a']]);
  });

  it('hands over all of a flood, ten times a second', async () => {
    const batches: string[][] = [];
    const batch = new FrameBatch((frames) => batches.push(ids(frames)));
    const begun = performance.now();
    let sent = 0;
    for (; performance.now() - begun < 1_000; sent += 5) {
      for (let i = 0; i < 5; i++) batch.add(frame(String(sent + i)));
      await new Promise((done) => setTimeout(done, 5));
    }
    batch.flush();
    expect(batches.length).toBeLessThan(20);
    expect(batches.flat()).toEqual(Array.from({ length: sent }, (_, i) => String(i)));
  });

  it('goes back to the next animation frame soon after a flood', async () => {
    const batch = new FrameBatch(() => undefined);
    for (let i = 0; i < 1000; i++) batch.add(frame(String(i)));
    batch.flush();
    const asked = spyOn(window, 'requestAnimationFrame').and.returnValue(0);
    batch.add(frame('in the flood'));
    expect(asked).not.toHaveBeenCalled();
    batch.flush();
    await new Promise((done) => setTimeout(done, 600));
    batch.add(frame('after it'));
    expect(asked).toHaveBeenCalled();
    batch.flush();
  });

  it('hands over nothing twice', async () => {
    const batches: string[][] = [];
    const batch = new FrameBatch((frames) => batches.push(ids(frames)));
    batch.add(frame('a'));
    batch.flush();
    batch.add(frame('b'));
    batch.flush();
    await new Promise((done) => setTimeout(done, 300));
    expect(batches).toEqual([['a'], ['b']]);
  });
});
