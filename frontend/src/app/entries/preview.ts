/** A value on one line, cut where nobody would read on. `undefined` stands for a value that is not known. */
export function preview(value: unknown, length = 240): string {
  if (value === undefined) return '…';
  const text = JSON.stringify(value);
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
