import type { EventReason, EventType, LapseEvent } from '@lapse/protocol';
import { durationText } from '../time/duration.js';

interface Look {
  readonly icon: string;
  readonly word: string;
}

/** How each type of event is told apart, besides its colour (`data-event`): by an icon and a word. */
export const LOOKS: Readonly<Record<EventType, Look>> = {
  created: { icon: 'add_circle', word: 'created' },
  updated: { icon: 'edit', word: 'updated' },
  renewed: { icon: 'restart_alt', word: 'renewed' },
  expired: { icon: 'hourglass_disabled', word: 'expired' },
  evicted: { icon: 'logout', word: 'evicted' },
  deleted: { icon: 'delete', word: 'deleted' },
  cleared: { icon: 'layers_clear', word: 'cleared' },
};

const REASONS: Readonly<Record<EventReason, string>> = {
  entries: 'to stay within its most entries',
  bytes: 'to stay within its most memory',
  policy: 'by a smaller policy',
  request: '',
  take: 'and its value taken',
  use: 'by a read',
};

/** What there is to say besides type, key and value: why, how late, until when. */
export function eventDetail(event: LapseEvent): string {
  if (event.type === 'expired')
    return event.lagMs === undefined ? '' : `${event.lagMs} ms after its deadline`;
  if (event.type === 'cleared') {
    return event.count === undefined
      ? 'everything'
      : `${event.count} ${event.count === 1 ? 'entry' : 'entries'}`;
  }
  if (event.type === 'evicted' || event.type === 'deleted') return event.reason ? REASONS[event.reason] : '';
  const life = event.expiresAt
    ? `for ${durationText(Date.parse(event.expiresAt) - Date.parse(event.at))}`
    : 'no deadline';
  const reason = event.reason ? REASONS[event.reason] : '';
  return reason ? `${reason}, ${life}` : life;
}
