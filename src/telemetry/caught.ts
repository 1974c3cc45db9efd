/** What a `catch` clause caught, as an Error: anything may be thrown. */
export function asError(caught: unknown): Error {
  return caught instanceof Error ? caught : new Error(String(caught));
}

/** The message of what a `catch` clause caught. */
export function messageOfCaught(caught: unknown): string {
  return caught instanceof Error ? caught.message : String(caught);
}

/** Message and first stack frame of what a `catch` clause caught, on one line. */
export function lineOfCaught(caught: unknown): string {
  if (!(caught instanceof Error)) return String(caught);
  const [what = caught.message, where = ''] = (caught.stack ?? '').split('\n');
  return `${what} ${where.trim()}`;
}
