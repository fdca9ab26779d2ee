import type { Outcome } from '../live/recovery.js';

const COUNT = new Intl.NumberFormat('en');

/** How a loss ended, in a sentence. */
export function outcomeText(outcome: Outcome): string {
  if (outcome.kind === 'anew') {
    return outcome.cut
      ? 'Live again. What was missed could not be replayed: the list was read again.'
      : 'Some events could not be delivered: the list was read again.';
  }
  if (outcome.replayed === 0) return 'Live again: nothing was missed.';
  const events = outcome.replayed === 1 ? 'missed event' : 'missed events';
  return `Live again: ${COUNT.format(outcome.replayed)} ${events} replayed.`;
}
