/**
 * Names that the record itself has. Written down once more, since the table of attributes is not loaded with this room;
 * a test holds the two against each other.
 */
const NAMES: ReadonlySet<string> = new Set([
  ...['http.request.method', 'http.request.method_original', 'url.path', 'url.query', 'url.scheme'],
  ...['client.address', 'network.peer.address', 'network.peer.port', 'server.address', 'server.port'],
  ...['network.protocol.version', 'user_agent.original', 'http.route', 'http.request.body.size'],
  ...[
    'http.request.size',
    'http.response.status_code',
    'rpc.status_code',
    'error.type',
    'exception.type',
    'exception.message',
  ],
  ...['http.response.body.size', 'http.response.size', 'http.server.request.duration'],
  // Setting it on an object would change its prototype.
  '__proto__',
]);

const PREFIXES = ['access_log.', 'http.request.header.', 'http.response.header.'] as const;

/** Whether no field may have the name. */
export function isReserved(name: string): boolean {
  return NAMES.has(name) || PREFIXES.some((prefix) => name.startsWith(prefix));
}
