import { DestroyRef, Injectable, type Signal, computed, inject, signal } from '@angular/core';
import { type Observable, Subject } from 'rxjs';
import type { ClientFrame, ServerFrame } from '@lapse/protocol';
import { afterClose } from './backoff.js';
import { ServerClock } from './server-clock.js';
import { type LiveSocket, OPEN_SOCKET } from './socket.js';
import { WAKES } from './wakes.js';

/** Silence, in heartbeats, after which a connection counts as dead. */
const SILENT_HEARTBEATS = 2;
/** How long the server may take to say `welcome`, in milliseconds. */
const WELCOME_MS = 10_000;
/** How long a live server may take to answer when it is asked whether it is still there, in milliseconds. */
const ANSWER_MS = 4_000;
/** A code of our own for a connection that we gave up on; never sent. */
const GIVEN_UP = 4000;

/**
 * The states of the connection:
 *
 *   connecting ── welcome ──> live ── closed or silent ──> reconnecting ── welcome ──> live
 *       └──── closed ──────────────────────────────────────────┘ │
 *                                                               └── refused ──> stopped ── retryNow ──> …
 *
 * `staleSince` is when the last word was heard (server's milliseconds); null when none ever was.
 * `retryAt` is when the next attempt starts (server's milliseconds); null while one is under way.
 */
export type ConnectionState =
  | { phase: 'connecting' }
  | { phase: 'live' }
  | { phase: 'reconnecting'; attempt: number; retryAt: number | null; staleSince: number | null }
  | { phase: 'stopped'; reason: string; staleSince: number | null };

/** A time without a connection: from the last word heard before it to the first one after (server's milliseconds). */
export interface Cut {
  readonly since: number;
  readonly until: number;
}

/** Keeps one socket open for as long as the page lives, through restarts, silence, sleep and lost networks. */
@Injectable({ providedIn: 'root' })
export class Connection {
  private readonly openSocket = inject(OPEN_SOCKET);
  private readonly clock = inject(ServerClock);

  private readonly current = signal<ConnectionState>({ phase: 'connecting' });
  private readonly received = new Subject<ServerFrame>();
  private socket: LiveSocket | undefined;
  private welcomed = false;
  private failures = 0;
  private heardAt: number | null = null;
  private cut: Cut | undefined;
  private heartbeatMs = WELCOME_MS / SILENT_HEARTBEATS;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;

  readonly state: Signal<ConnectionState> = this.current.asReadonly();
  /** What is on the screen may no longer be true. */
  readonly stale = computed(() => ['reconnecting', 'stopped'].includes(this.state().phase));
  /** Every frame as it arrives, `welcome` first on each new socket. */
  readonly frames: Observable<ServerFrame> = this.received.asObservable();

  constructor() {
    const waking = inject(WAKES).subscribe(() => this.woken());
    inject(DestroyRef).onDestroy(() => {
      waking.unsubscribe();
      this.drop();
      clearTimeout(this.retry);
    });
  }

  /** Opens the first socket; does nothing when one was asked for before. */
  open(): void {
    if (!this.socket && this.retry === undefined && this.current().phase === 'connecting') this.connect();
  }

  /** Tries at once instead of waiting for the next attempt. */
  retryNow(): void {
    if (this.current().phase === 'live' || this.socket) return;
    clearTimeout(this.retry);
    this.connect();
  }

  /**
   * Gives up a connection that has lost something, for one that can make it good.
   * @param since when it was last known to be whole (server's milliseconds): its later words do not count
   */
  renew(since: number | undefined): void {
    if (this.current().phase !== 'live') return;
    this.heardAt = since ?? this.heardAt;
    this.closed(GIVEN_UP);
  }

  /** Between the present connection and the one before it; undefined on the first. */
  get lastCut(): Cut | undefined {
    return this.cut;
  }

  /** Sends a frame; says false, and sends nothing, when there is no welcomed connection. */
  send(frame: ClientFrame): boolean {
    if (!this.socket || !this.welcomed) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  private connect(): void {
    this.retry = undefined;
    const state = this.current();
    if (state.phase !== 'connecting') {
      this.current.set({ ...this.lost(), retryAt: null });
    }
    const socket = this.openSocket();
    this.socket = socket;
    this.welcomed = false;
    socket.onmessage = (message) => this.hear(message.data);
    socket.onclose = (event) => this.closed(event.code);
    this.expectWord(WELCOME_MS);
  }

  private hear(data: unknown): void {
    const frame = parse(data);
    if (!frame) return;
    if ('serverTime' in frame) this.clock.observe(frame.serverTime);
    const before = this.heardAt;
    this.heardAt = saidAt(frame) ?? this.clock.now();
    if (frame.type === 'welcome') {
      this.cut = before === null ? undefined : { since: before, until: this.heardAt };
      this.welcomed = true;
      this.heartbeatMs = frame.heartbeatMs;
      this.current.set({ phase: 'live' });
    }
    // A connection that lasted to its first heartbeat is a good one: the next loss starts from short waits again.
    if (frame.type === 'heartbeat') this.failures = 0;
    this.expectWord(this.heartbeatMs * SILENT_HEARTBEATS);
    this.received.next(frame);
  }

  /**
   * Much may have changed while nobody looked. A wait for the next attempt ends now; a connection that seems live
   * has to prove it soon, or it would show old things as new until two heartbeats have failed to come.
   */
  private woken(): void {
    if (this.current().phase === 'reconnecting') return this.retryNow();
    if (this.send({ type: 'ping' })) this.expectWord(ANSWER_MS);
  }

  private expectWord(withinMs: number): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.closed(GIVEN_UP), withinMs);
  }

  private closed(code: number): void {
    this.drop();
    const next = afterClose(code, this.failures);
    if (!next.retry) {
      this.current.set({ phase: 'stopped', reason: next.reason, staleSince: this.heardAt });
      return;
    }
    this.failures += 1;
    this.current.set({ ...this.lost(), retryAt: this.clock.now() + next.delayMs });
    this.retry = setTimeout(() => this.connect(), next.delayMs);
  }

  private lost(): { phase: 'reconnecting'; attempt: number; staleSince: number | null } {
    return { phase: 'reconnecting', attempt: this.failures, staleSince: this.heardAt };
  }

  /** Lets go of the socket without waiting for its close: a dead network never answers one. */
  private drop(): void {
    clearTimeout(this.silence);
    const socket = this.socket;
    this.socket = undefined;
    this.welcomed = false;
    if (!socket) return;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }
}

/** When the server said this, where it tells: a page that slept hears late what was said long ago. */
function saidAt(frame: ServerFrame): number | undefined {
  const at = frame.type === 'event' ? frame.event.at : 'serverTime' in frame ? frame.serverTime : '';
  return Date.parse(at) || undefined;
}

/** A frame, or undefined for what is not one: a newer server may say things that this page does not know. */
function parse(data: unknown): ServerFrame | undefined {
  try {
    const frame: unknown = JSON.parse(String(data));
    return typeof frame === 'object' && frame !== null && 'type' in frame
      ? (frame as ServerFrame)
      : undefined;
  } catch {
    return undefined;
  }
}
