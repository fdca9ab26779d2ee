const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Units that a person may give a ttl in, largest last. */
export const UNITS = [
  { unit: 'ms', name: 'milliseconds', ms: 1 },
  { unit: 's', name: 'seconds', ms: SECOND },
  { unit: 'm', name: 'minutes', ms: MINUTE },
  { unit: 'h', name: 'hours', ms: HOUR },
  { unit: 'd', name: 'days', ms: DAY },
] as const;

export type Unit = (typeof UNITS)[number]['unit'];

export function unitMs(unit: Unit): number {
  return UNITS.find((one) => one.unit === unit)!.ms;
}

/** The largest unit that gives this duration as a whole number: 90 minutes, not 1.5 hours. */
export function inUnits(ms: number): { amount: number; unit: Unit } {
  const fitting = UNITS.findLast((one) => ms % one.ms === 0) ?? UNITS[0];
  return { amount: ms / fitting.ms, unit: fitting.unit };
}

/** Time left, for a place where it counts down: tenths under a minute, then two units. */
export function countdownText(ms: number): string {
  const left = Math.max(0, ms);
  if (left < MINUTE) return `${(Math.floor(left / 100) / 10).toFixed(1)} s`;
  return twoUnits(left, true);
}

/** A fixed duration as one would say it: `30 m`, `1 h 30 m`, `1.5 s`, `1500 d`. */
export function durationText(ms: number): string {
  if (ms < SECOND) return `${ms} ms`;
  if (ms < MINUTE) return `${Math.round(ms / 100) / 10} s`;
  return twoUnits(ms, false);
}

/** Time since `ms` ago, coarse enough to be read at a glance. */
export function agoText(ms: number): string {
  if (ms < SECOND) return 'just now';
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s ago`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} m ago`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h ago`;
  return `${Math.floor(ms / DAY)} d ago`;
}

/** @param padded whether the smaller unit keeps its zeros and its place, so that a countdown does not jitter. */
function twoUnits(ms: number, padded: boolean): string {
  const [large, small, names] =
    ms < HOUR
      ? [MINUTE, SECOND, ['m', 's']]
      : ms < DAY
        ? [HOUR, MINUTE, ['h', 'm']]
        : [DAY, HOUR, ['d', 'h']];
  const whole = Math.floor(ms / large);
  const rest = Math.floor((ms % large) / small);
  if (!padded && rest === 0) return `${whole} ${names[0]}`;
  return `${whole} ${names[0]} ${padded ? String(rest).padStart(2, '0') : rest} ${names[1]}`;
}

const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DAY_AND_TIME = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});
const DATE = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

/** A moment in this browser's time zone: the time today, the day this year, the date beyond. */
export function momentText(ms: number, now: number): string {
  const moment = new Date(ms);
  const today = new Date(now);
  if (moment.toDateString() === today.toDateString()) return TIME.format(moment);
  if (Math.abs(ms - now) < 300 * DAY) return DAY_AND_TIME.format(moment);
  return DATE.format(moment);
}

/** A time of day, to the second. */
export function timeText(ms: number): string {
  return TIME.format(ms);
}

/** A time of day with milliseconds, where events are told apart by them. */
export function preciseTimeText(ms: number): string {
  return `${TIME.format(ms)}.${String(ms % 1000).padStart(3, '0')}`;
}
