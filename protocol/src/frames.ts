import type { Cursor } from './cursor.js';
import type { EventType, LapseEvent } from './event.js';

/** The WebSocket subprotocol; a client may leave it out. */
export const SUBPROTOCOL = 'lapse.v1';

/** The id of the subscription that the URL itself asks for (`/ws?cache=sessions`). */
export const URL_SUBSCRIPTION_ID = 'url';

/** The cache name that stands for every cache (live only, never resumed). */
export const ALL_CACHES = '*';

/** Bounds of one connection. */
export interface ConnectionLimits {
  /** Largest frame a client may send, in bytes. */
  frameBytes: number;
  /** Subscriptions a connection may hold. */
  subscriptions: number;
  /** Unsent bytes at which a slow connection is closed with 1013. */
  unsentBytes: number;
}

/** What a client may send. */
export type ClientFrame = SubscribeFrame | UnsubscribeFrame | PingFrame;

export interface SubscribeFrame {
  type: 'subscribe';
  /** The client's own name for the subscription, unique within the connection. */
  id: string;
  /** A cache's name, or `*` for all of them. */
  cache: string;
  /** Only events of keys that begin so. */
  prefix?: string;
  /** Only events of these types; all when absent. */
  types?: EventType[];
  /** Replay what came after this cursor, then go live. */
  after?: Cursor | 'earliest';
  /** false leaves the values out of the events. */
  values?: boolean;
}

export interface UnsubscribeFrame {
  type: 'unsubscribe';
  id: string;
}

export interface PingFrame {
  type: 'ping';
}

/** What the server may send. */
export type ServerFrame =
  | WelcomeFrame
  | SubscribedFrame
  | EventFrame
  | LiveFrame
  | GapFrame
  | HeartbeatFrame
  | UnsubscribedFrame
  | PongFrame
  | ErrorFrame;

/** Always the first frame. */
export interface WelcomeFrame {
  type: 'welcome';
  connectionId: string;
  /** Redis's clock (RFC 3339, ms): the one that decides every deadline. */
  serverTime: string;
  /** A heartbeat comes at least this often, in milliseconds. */
  heartbeatMs: number;
  limits: ConnectionLimits;
}

export interface SubscribedFrame {
  type: 'subscribed';
  id: string;
  cache: string;
  /** What follows comes after it. Absent for `*`, which has no single log. */
  cursor?: Cursor;
  /** Only when `after` was given. false: nothing was replayed, list again. */
  recovered?: boolean;
}

/** The same bytes for every subscriber, so it names no subscription. */
export interface EventFrame {
  type: 'event';
  event: LapseEvent;
}

/** The replay is over; what follows is live. */
export interface LiveFrame {
  type: 'live';
  id: string;
  cursor: Cursor;
}

/** Events after `from`, up to and with `to`, were not delivered and cannot be. */
export interface GapFrame {
  type: 'gap';
  id: string;
  cache: string;
  from: Cursor;
  to: Cursor;
}

export interface HeartbeatFrame {
  type: 'heartbeat';
  serverTime: string;
  /** The newest cursor of each subscribed cache: a client that holds it has missed nothing. */
  cursors: Record<string, Cursor>;
}

export interface UnsubscribedFrame {
  type: 'unsubscribed';
  id: string;
}

export interface PongFrame {
  type: 'pong';
  serverTime: string;
}

export const ERROR_CODES = [
  'bad_frame',
  'bad_subscription',
  'duplicate_subscription',
  'unknown_subscription',
  'too_many_subscriptions',
  'unavailable',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Something was wrong with a client's frame; the connection stays open. */
export interface ErrorFrame {
  type: 'error';
  /** The subscription or frame it is about, when known. */
  id?: string;
  code: ErrorCode;
  /** For a person to read. */
  message: string;
}
