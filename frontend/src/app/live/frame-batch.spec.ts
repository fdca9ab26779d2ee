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
