/**
 * Whether a Prefer header (RFC 7240) asks to have the representation returned. Anything else in it, even what
 * cannot be read, is ignored, as the RFC wants it; of a preference given twice the first counts.
 */
export function prefersRepresentation(prefer: string | undefined): boolean {
  if (prefer === undefined) return false;
  for (const preference of prefer.toLowerCase().split(',')) {
    const [name, value] = (preference.split(';', 1)[0] as string).split('=', 2).map((part) => part.trim());
    if (name === 'return') return value === 'representation' || value === '"representation"';
  }
  return false;
}
