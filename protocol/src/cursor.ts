/**
 * An opaque, ordered position in one cache's event log: an epoch and a place.
 * Clients store it and hand it back; they never take it apart.
 */
export type Cursor = string;
