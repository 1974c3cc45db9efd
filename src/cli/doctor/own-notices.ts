/** How each line of the access log on standard error begins. */
const BEGINNING = 'otel-access-log: ';
/** Lines, and characters of one, that are kept. */
const MAX_LINES = 10;
const MAX_LENGTH = 2000;

/** What the access log of an application says on standard error: each line once, the first ones. */
export class OwnNotices {
  readonly #lines = new Set<string>();
  /** The beginning of a line whose end has not come yet. */
  #rest = '';

  /** @param text of standard error, as it comes */
  add(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = (lines.pop() ?? '').slice(0, MAX_LENGTH);
    for (const line of lines) {
      if (line.startsWith(BEGINNING) && this.#lines.size < MAX_LINES)
        this.#lines.add(line.slice(BEGINNING.length, MAX_LENGTH).trimEnd());
    }
  }

  get lines(): readonly string[] {
    return [...this.#lines];
  }
}
