/** Requests that are begun in one turn of the event loop; the rest wait for the next. */
const A_TURN = 8;

/**
 * Begins requests a few at a time. Many connections are often ready at once, and the Redis driver writes at the end of
 * a turn: were all begun in one, Redis would have nothing to do until the last is read, and this process nothing until
 * Redis is done with the last. In portions both work at the same time.
 */
export class Turns {
  private readonly waiting: (() => void)[] = [];
  private begun = 0;

  take(begin: () => void): void {
    if (this.begun === A_TURN) {
      this.waiting.push(begin);
      return;
    }
    if (this.begun++ === 0) setImmediate(() => this.next());
    begin();
  }

  private next(): void {
    this.begun = 0;
    for (const begin of this.waiting.splice(0, A_TURN)) this.take(begin);
  }
}
