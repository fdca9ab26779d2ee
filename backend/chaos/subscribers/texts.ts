/** Keeps one copy of each event's text, however many subscribers received it. */
export class Texts {
  private readonly kept = new Map<string, string>();

  /** The same text, in the one copy that is kept. */
  keep(text: string): string {
    const kept = this.kept.get(text);
    if (kept !== undefined) return kept;
    this.kept.set(text, text);
    return text;
  }
}
