/** What the package adds to an emitter, and nothing else. */
const ADDED: Readonly<Record<string, readonly string[]>> = {
  server: ['hidden property emit'],
  socket: ['close', 'timeout', 'hidden property _writeGeneric', 'hidden property _destroy'],
  // Only where a body is announced.
  request: ['hidden property push'],
  response: [],
};

/**
 * Whether a difference between the runs with and without the package is one that the documents name.
 *
 * @param where `3 socket at the end`
 * @param hasContexts contexts are managed: then a listener of `request`, or of `stream`, comes first, to read them
 */
export function isDocumented(where: string, name: string, change: number, hasContexts: boolean): boolean {
  const [, emitter = ''] = where.split(' ');
  if (change !== 1) return false;
  if (hasContexts && emitter === 'server' && (name === 'request' || name === 'stream')) return true;
  return ADDED[emitter]?.includes(name) === true;
}
