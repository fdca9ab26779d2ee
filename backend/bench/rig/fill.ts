import pLimit from 'p-limit';

/** JSON text of 60 bytes. */
export const VALUE = 'v'.repeat(58);

const A_BATCH = 1_000;

export interface BatchItem {
  key: string;
  ttlMs: number | null;
}

/**
 * Writes entries of 60 bytes by the batch call.
 * @param url of a backend
 * @param item the nth entry, asked for when it is about to be sent
 * @throws when one of them is refused
 */
export async function fill(
  url: string,
  cache: string,
  count: number,
  item: (n: number) => BatchItem,
  { atATime = 3 } = {},
): Promise<void> {
  const turn = pLimit(atATime);
  const starts = Array.from({ length: Math.ceil(count / A_BATCH) }, (_, i) => i * A_BATCH);
  await turn.map(starts, async (start) => {
    const size = Math.min(A_BATCH, count - start);
    await setBatch(
      url,
      cache,
      Array.from({ length: size }, (_, i) => item(start + i)),
    );
  });
}

/** One batch of sets; resolves to their deadlines, in ms. */
export async function setBatch(url: string, cache: string, items: BatchItem[]): Promise<number[]> {
  const operations = items.map(({ key, ttlMs }) => ({ op: 'set', key, value: VALUE, ttlMs }));
  const response = await fetch(`${url}/api/v1/caches/${cache}/entries/batch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ operations }),
  });
  const { results } = (await response.json()) as {
    results: { status: number; entry: { expiresAt: string } }[];
  };
  if (!results?.every(({ status }) => status < 300))
    throw new Error(`a batch was refused: ${response.status}`);
  return results.map(({ entry }) => Date.parse(entry.expiresAt));
}

/** A cache's figures. */
export async function describe(url: string, cache: string): Promise<{ entries: number; expired: number }> {
  return (await fetch(`${url}/api/v1/caches/${cache}`)).json() as Promise<{
    entries: number;
    expired: number;
  }>;
}
