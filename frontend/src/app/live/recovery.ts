import { DestroyRef, Injectable, type Signal, computed, inject, signal } from '@angular/core';
import { Connection } from './connection.js';

/** How long a loss that is made good is spoken of, once it can be seen (ms). */
const SPOKEN_OF_MS = 7_000;

/**
 * How a loss ended, for all that this page watches.
 *
 * - `whole`: what happened meanwhile was replayed, so many events; each counts once.
 * - `anew`: it could not be; what is shown is listed again. `cut`: because the connection was lost, rather than
 *   because the server said of a connection that held that events of it are missing.
 */
export type Outcome =
  { readonly kind: 'whole'; readonly replayed: number } | { readonly kind: 'anew'; readonly cut: boolean };

/**
 * Brings what is known of each watch's way back to the present together into one answer for a person: what is
 * shown is old, is catching up, or is true again and what it took.
 *
 * A recovery begins with the first word on a new connection and ends when no watch is left that still has to reach
 * the present. If the connection is lost again before that, it goes on with the next one, and so does its count.
 */
@Injectable({ providedIn: 'root' })
export class Recovery {
  private readonly connection = inject(Connection);

  private readonly underWay = signal(false);
  private readonly ended = signal<Outcome | null>(null);
  private readonly behind = new Set<string>();
  private replayed = 0;
  private whole = true;
  private arrived = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** Connected again, but not yet at the present. */
  readonly catchingUp: Signal<boolean> = this.underWay.asReadonly();
  /** What is on the screen may no longer be true. */
  readonly stale: Signal<boolean> = computed(() => this.connection.stale() || this.underWay());
  /** How the last loss ended, for as long as it is worth a word; null otherwise. */
  readonly outcome: Signal<Outcome | null> = computed(() => (this.stale() ? null : this.ended()));

  constructor() {
    inject(DestroyRef).onDestroy(() => this.forget());
  }

  /** A new connection, on which these watches have to catch up. */
  begin(watches: readonly string[]): void {
    this.forget();
    if (!this.underWay()) this.reset();
    this.behind.clear();
    for (const id of watches) this.behind.add(id);
    this.underWay.set(this.behind.size > 0);
  }

  /** Events came late. */
  late(events: number): void {
    this.replayed += events;
  }

  /** Events of a watch will never come. */
  missing(): void {
    this.whole = false;
    if (!this.underWay()) this.end({ kind: 'anew', cut: false });
  }

  /** A watch has reached the present. Returns whether all have. */
  arrive(id: string): boolean {
    if (this.behind.delete(id)) this.arrived = true;
    return this.settled();
  }

  /** A watch is of no interest any more. Returns whether all others have reached the present. */
  leave(id: string): boolean {
    this.behind.delete(id);
    return this.settled();
  }

  private settled(): boolean {
    if (this.behind.size > 0) return false;
    if (!this.underWay()) return true;
    this.underWay.set(false);
    if (!this.arrived) this.reset();
    else this.end(this.whole ? { kind: 'whole', replayed: this.replayed } : { kind: 'anew', cut: true });
    return true;
  }

  private end(outcome: Outcome): void {
    this.reset();
    this.forget();
    this.ended.set(outcome);
    this.fade();
  }

  private reset(): void {
    this.replayed = 0;
    this.whole = true;
    this.arrived = false;
  }

  /** In a hidden tab the time to read it has not begun. */
  private readonly fade = (): void => {
    if (document.visibilityState === 'hidden') {
      document.addEventListener('visibilitychange', this.fade, { once: true });
    } else {
      this.timer = setTimeout(() => this.ended.set(null), SPOKEN_OF_MS);
    }
  };

  private forget(): void {
    document.removeEventListener('visibilitychange', this.fade);
    clearTimeout(this.timer);
    this.ended.set(null);
  }
}
