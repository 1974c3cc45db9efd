/** A longer one may be a token. */
const MAX_SHOWN_SEGMENT = 16;
/** What stands behind the base of an endpoint (specification, protocol/exporter.md). */
const SIGNAL_PATH = /\/v1\/logs\/?$/;

/**
 * An endpoint for messages: scheme, host, port and the first segment of the path. Some services have a token in the
 * path; what is left out is `…`. The path of a socket is one of the file system.
 *
 * @param endpoint without user, password and query
 */
export function shownEndpoint(endpoint: string): string {
  if (endpoint.startsWith('unix:')) return endpoint;
  const { origin, segments, signalPath } = partsOf(endpoint);
  const [first = '', ...others] = segments;
  if (first === '') return `${origin}${signalPath}`;
  if (first.length > MAX_SHOWN_SEGMENT) return `${origin}/…${signalPath}`;
  return `${origin}/${first}${others.length > 0 ? '/…' : ''}${signalPath}`;
}

/** Segments of its path that are left out. */
export function hiddenSegments(endpoint: string): readonly string[] {
  if (endpoint.startsWith('unix:')) return [];
  const { segments } = partsOf(endpoint);
  return segments.filter((segment, index) => index > 0 || segment.length > MAX_SHOWN_SEGMENT);
}

function partsOf(endpoint: string): { origin: string; segments: readonly string[]; signalPath: string } {
  const [, origin = '', path = ''] = /^(\w+:\/\/[^/?#]*)([^?#]*)/.exec(endpoint) ?? [];
  const signalPath = SIGNAL_PATH.exec(path)?.[0] ?? '';
  const base = path.slice(0, path.length - signalPath.length);
  return { origin, segments: base.split('/').filter((segment) => segment !== ''), signalPath };
}
