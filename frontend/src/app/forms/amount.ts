import { unitMs, inUnits, UNITS, type Unit } from '../time/duration.js';

/** A quantity as it is typed: a number in a unit; an empty number means none. */
export interface Amount<U extends string = string> {
  amount: number | null;
  unit: U;
}

export type DurationAmount = Amount<Unit>;

export const DURATION_UNITS = UNITS.map(({ unit, name }) => ({ unit, name }));

export function durationAmount(ms: number | null, emptyUnit: Unit = 'm'): DurationAmount {
  return ms === null ? { amount: null, unit: emptyUnit } : inUnits(ms);
}

/** The whole milliseconds that were typed; null for none. */
export function amountMs({ amount, unit }: DurationAmount): number | null {
  return amount === null ? null : Math.round(amount * unitMs(unit));
}

const BYTES = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;
export type ByteUnit = keyof typeof BYTES;
export type ByteAmount = Amount<ByteUnit>;

export const BYTE_UNITS: readonly { unit: ByteUnit; name: string }[] = [
  { unit: 'B', name: 'bytes' },
  { unit: 'KiB', name: 'kibibytes' },
  { unit: 'MiB', name: 'mebibytes' },
  { unit: 'GiB', name: 'gibibytes' },
];

export function byteAmount(bytes: number | null): ByteAmount {
  if (bytes === null) return { amount: null, unit: 'MiB' };
  const unit = BYTE_UNITS.findLast((one) => bytes % BYTES[one.unit] === 0)?.unit ?? 'B';
  return { amount: bytes / BYTES[unit], unit };
}

export function amountBytes({ amount, unit }: ByteAmount): number | null {
  return amount === null ? null : Math.round(amount * BYTES[unit]);
}

/** Bytes as one would say them: `812 B`, `3.2 KiB`. */
export function bytesText(bytes: number): string {
  const unit = BYTE_UNITS.findLast((one) => bytes >= BYTES[one.unit])?.unit ?? 'B';
  const amount = bytes / BYTES[unit];
  return `${unit === 'B' || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${unit}`;
}
