import { z } from 'zod';
import type { EntrySort } from '@lapse/protocol';
import { Invalid } from '../errors.js';

/** Where a page ended: the place in its order. The entry there need not exist any more. */
export interface PagePlace {
  score: string;
  key: string;
}

const shape = z.tuple([z.string(), z.string(), z.string().regex(/^(inf|\d{1,20})$/), z.string().max(512)]);

/** An opaque token for a place in a listing of that sort and prefix. */
export function encodePageToken(sort: EntrySort, prefix: string, place: PagePlace): string {
  return Buffer.from(JSON.stringify([sort, prefix, place.score, place.key])).toString('base64url');
}

/** @throws Invalid when the token is not one of ours, or belongs to another sort or prefix */
export function decodePageToken(token: string, sort: EntrySort, prefix: string): PagePlace {
  const invalid = (detail: string) => new Invalid([{ parameter: 'after', detail }]);
  let parts;
  try {
    parts = shape.parse(JSON.parse(Buffer.from(token, 'base64url').toString()));
  } catch {
    throw invalid('after must be the `next` of an earlier page.');
  }
  if (parts[0] !== sort || parts[1] !== prefix) {
    throw invalid('after belongs to a listing with another sort or prefix: begin again without it.');
  }
  return { score: parts[2], key: parts[3] };
}
