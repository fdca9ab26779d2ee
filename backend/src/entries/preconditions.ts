import { MalformedHeader, VersionMismatch } from '../errors.js';
import type { Precondition } from './entries.js';

interface EntityTag {
  weak: boolean;
  version: string;
}

/** RFC 9110, section 8.8.3: commas may stand inside the quotes, quotes and spaces may not. */
const ENTITY_TAG = /[ \t,]*(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*(?=,|$)/y;

/** Empty members of a list are to be ignored (section 5.6.1). */
const REST = /[ \t,]*$/y;

/** An entry's ETag. */
export function entityTag(version: string): string {
  return `"${version}"`;
}

/**
 * The condition of a write, from its If-Match and If-None-Match headers; undefined without one.
 * @throws MalformedHeader
 */
export function readPrecondition(
  ifMatch: string | undefined,
  ifNoneMatch: string | undefined,
): Precondition | undefined {
  if (ifMatch === undefined && ifNoneMatch === undefined) return undefined;
  if (ifMatch !== undefined && ifNoneMatch !== undefined) {
    throw new MalformedHeader('A write takes If-Match or If-None-Match, not both.');
  }
  if (ifMatch !== undefined) return { ifMatch: strongVersions(readEntityTags('If-Match', ifMatch)) };
  return { ifNoneMatch: versions(readEntityTags('If-None-Match', ifNoneMatch as string)) };
}

/**
 * Whether the reader's If-None-Match says that it has this version already: the answer is 304.
 * @throws MalformedHeader
 */
export function isUnchanged(version: string, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false;
  const held = versions(readEntityTags('If-None-Match', ifNoneMatch));
  return held === '*' || held.includes(version);
}

/**
 * @throws VersionMismatch when the reader's If-Match asks for another version
 * @throws MalformedHeader
 */
export function checkMatch(version: string, ifMatch: string | undefined): void {
  if (ifMatch === undefined) return;
  const wanted = strongVersions(readEntityTags('If-Match', ifMatch));
  if (wanted !== '*' && !wanted.includes(version)) throw new VersionMismatch(version);
}

/** If-None-Match compares weakly: what a tag says besides its version does not matter. RFC 9110, section 13.1.2. */
function versions(tags: '*' | EntityTag[]): '*' | string[] {
  return tags === '*' ? '*' : tags.map((tag) => tag.version);
}

/** If-Match compares strongly: a weak tag matches nothing. RFC 9110, section 13.1.1. */
function strongVersions(tags: '*' | EntityTag[]): '*' | string[] {
  return tags === '*' ? '*' : versions(tags.filter((tag) => !tag.weak));
}

function readEntityTags(header: string, text: string): '*' | EntityTag[] {
  const list = text.trim();
  if (list === '*') return '*';
  const tags: EntityTag[] = [];
  let read = 0;
  for (ENTITY_TAG.lastIndex = 0; ; read = ENTITY_TAG.lastIndex) {
    const tag = ENTITY_TAG.exec(list);
    if (!tag) break;
    tags.push({ weak: tag[1] !== undefined, version: tag[2] as string });
  }
  REST.lastIndex = read;
  // A list that cannot be read is no condition at all: going on would write what was meant to be refused.
  if (tags.length === 0 || !REST.test(list)) {
    throw new MalformedHeader(`${header} must be * or a list of quoted versions, such as "m2k8x0q4z1-1040".`);
  }
  return tags;
}
