import { showGiven } from './options-error.ts';

/** Stands for what is not shown. */
const HIDDEN = '…';

/** Schemes that are shown. Any other text before `://` may be a secret. */
const SCHEMES = /^(?:https?|grpcs?|unix|dns|ipv[46]|xds|tcp|udp|wss?|file|socks\w{0,2})$/i;

const HOST = /^(?:[a-z\d_-]{0,63}(?:\.[a-z\d_-]{0,63}){0,127}|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i;
const HOST_AND_PORT = /:\d{1,5}$/;
/** A longer one may be a token. */
const SEGMENT = /^[\w.~%+!$&'()*,;=:-]{1,16}$/;
/** The path that every exporter appends to an endpoint. */
const SIGNAL = '/v1/logs';

/**
 * A URL for messages: `https://host:4318/first/…`. Without user, password and query. Of the path only the first segment
 * and `/v1/logs` at the end: many vendors have a token in the segments between. Only the scheme of a text that is no
 * URL, or that may be a password with a `#`, `?` or `/` in it. A socket (`unix:`) is shown with its whole path.
 */
export function showUrl(url: string): string {
  const [, scheme, rest = ''] = /^(?:([^:/?#@]*):\/\/)?(.*)$/s.exec(url.trim()) ?? [];
  if (scheme !== undefined && !SCHEMES.test(scheme)) return HIDDEN;
  const start = scheme === undefined ? '' : `${scheme.toLowerCase()}://`;
  const { authority, path } = partsOf(rest);
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  // A word alone may be anything; with a port behind it, it is a host.
  const isHost = HOST.test(host) && (scheme !== undefined || HOST_AND_PORT.test(host));
  if (!isHost || hasStrayUser(url)) return `${start}${HIDDEN}`;
  return `${start}${host}${start === 'unix://' ? path : shownPath(path)}`;
}

/** A URL for a sentence about what was given. */
export function showGivenUrl(url: string): string {
  const shown = showUrl(url);
  return shown === HIDDEN ? 'something that is not shown, since it may hold a secret' : showGiven(shown);
}

/**
 * Is there an `@` behind the host? Then what looks like host and port mostly is user and password: one of `#`, `?` and
 * `/` that is not percent-encoded ends them (RFC 3986 section 3.2).
 */
export function hasStrayUser(url: string): boolean {
  const rest = url.replace(/^[^:/?#@]*:\/\//, '');
  return rest.slice(partsOf(rest).authority.length).includes('@');
}

/** Segments of the path that {@link showUrl} does not show. */
export function hiddenSegments(url: string): readonly string[] {
  if (url.startsWith('unix:')) return [];
  const { path } = partsOf(url.replace(/^[^:/?#@]*:\/\//, ''));
  const base = path.endsWith(SIGNAL) ? path.slice(0, -SIGNAL.length) : path;
  const segments = base.split(/[/\\]/).filter((segment) => segment !== '');
  return segments.filter((segment, index) => index > 0 || !SEGMENT.test(segment));
}

/** Path without query and fragment. A backslash is a slash, as WHATWG URLs have it. */
function partsOf(rest: string): { readonly authority: string; readonly path: string } {
  const [authority = ''] = rest.split(/[/\\?#]/, 1);
  const [path = ''] = rest.slice(authority.length).split(/[?#]/, 1);
  return { authority, path };
}

function shownPath(path: string): string {
  if (path === '' || path === '/' || path === SIGNAL) return path;
  const [, first = '', ...others] = path.split(/[/\\]/);
  const shown = SEGMENT.test(first) ? `/${first}` : `/${HIDDEN}`;
  const behind = others.length === 0 ? '' : `/${others.join('/')}`;
  if (behind === '' || behind === '/' || behind === SIGNAL) return shown + behind;
  const end = behind.endsWith(SIGNAL) ? SIGNAL : '';
  return shown === `/${HIDDEN}` ? `${shown}${end}` : `${shown}/${HIDDEN}${end}`;
}
