/** The parts of a request target (RFC 9112 section 3.2) that a record speaks of. */
export interface RequestTarget {
  /** `*` in asterisk-form; empty in authority-form, which has no path. */
  readonly path: string;
  /** Without the question mark; empty where there is none. */
  readonly query: string;
  /** `host[:port]` in absolute-form and authority-form, never with user information. */
  readonly authority: string | undefined;
}

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
const END_OF_AUTHORITY = /[/?#]/;

/**
 * Splits a request target. User information (`http://user:password@host/`) and a fragment are left out: neither
 * belongs into a request (RFC 9110 section 4.2.4, RFC 9112 section 3.2), and both carry credentials when they come.
 */
export function parseTarget(method: string, target: string): RequestTarget {
  if (target.startsWith('/')) return splitPath(target, undefined);
  if (target === '*') return { path: '*', query: '', authority: undefined };
  const scheme = SCHEME.exec(target);
  if (scheme === null && method !== 'CONNECT') return splitPath(withoutUserInfo(target), undefined);
  const rest = scheme === null ? target : target.slice(scheme[0].length);
  const end = rest.search(END_OF_AUTHORITY);
  const authority = withoutUserInfo(end === -1 ? rest : rest.slice(0, end));
  if (scheme === null) return { path: '', query: '', authority };
  const relative = end === -1 ? '' : rest.slice(end);
  return splitPath(relative.startsWith('/') ? relative : `/${relative}`, authority);
}

/**
 * The path that path rules judge: that of the record, with a `#` behind it where a fragment followed. Servers that do
 * not know of fragments take it for a part of the path.
 */
export function judgedPathOf(method: string, target: string): string {
  if (!target.startsWith('/')) {
    const { path } = parseTarget(method, target);
    return target.includes('#') ? `${path}#` : path;
  }
  const query = target.indexOf('?');
  const fragment = target.indexOf('#');
  if (fragment !== -1 && (query === -1 || fragment < query)) return target.slice(0, fragment + 1);
  return query === -1 ? target : target.slice(0, query);
}

function splitPath(target: string, authority: string | undefined): RequestTarget {
  const fragment = target.indexOf('#');
  const whole = fragment === -1 ? target : target.slice(0, fragment);
  const mark = whole.indexOf('?');
  if (mark === -1) return { path: whole, query: '', authority };
  return { path: whole.slice(0, mark), query: whole.slice(mark + 1), authority };
}

/** Cuts off what stands before the last `@` of the authority that `text` begins with. */
function withoutUserInfo(text: string): string {
  const end = text.search(END_OF_AUTHORITY);
  const at = (end === -1 ? text : text.slice(0, end)).lastIndexOf('@');
  return at === -1 ? text : text.slice(at + 1);
}
