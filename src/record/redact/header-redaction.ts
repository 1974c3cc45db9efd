import { REDACTED } from '../../options/rules/strategy.ts';
import { isCredentialName, redactUrl } from './redaction.ts';
import { redactSubProtocols } from './sub-protocols.ts';

/**
 * Authentication schemes that are registered; any other word may be a part of the credentials.
 * https://www.iana.org/assignments/http-authschemes/
 */
const AUTH_SCHEMES: ReadonlySet<string> = new Set([
  ...['basic', 'bearer', 'concealed', 'digest', 'dpop', 'gnap', 'hoba', 'mutual', 'negotiate', 'oauth'],
  ...['privatetoken', 'scram-sha-1', 'scram-sha-256', 'vapid'],
]);
/** RFC 6265 section 5.2, and those that browsers know beside them. */
const COOKIE_ATTRIBUTES: ReadonlySet<string> = new Set([
  ...['expires', 'max-age', 'domain', 'path', 'secure', 'httponly', 'samesite', 'partitioned', 'priority'],
]);
/** As many cookies as agents must be able to hold for one domain (RFC 6265 section 6.1); the rest are one. */
const MAX_COOKIES = 50;

/**
 * What the value of a header holds, by its name: `authorization`, whose scheme may be shown; cookies; a URL;
 * sub-protocols, where one may be a token; a credential; or a text.
 */
export type HeaderKind =
  | 'authorization'
  | 'cookie'
  | 'set-cookie'
  | 'url'
  | 'sub-protocols'
  | 'credential'
  | 'text';

/** Headers whose values are credentials, or URLs that may have them: allowing the header does not allow those. */
const KINDS: ReadonlyMap<string, HeaderKind> = new Map<string, HeaderKind>([
  ['authorization', 'authorization'],
  ['proxy-authorization', 'authorization'],
  ['cookie', 'cookie'],
  ['set-cookie', 'set-cookie'],
  ['sec-websocket-protocol', 'sub-protocols'],
  ...[
    ...['referer', 'location', 'content-location', 'destination'],
    ...['x-forwarded-uri', 'x-forwarded-url', 'x-forwarded-path', 'x-original-uri', 'x-original-url'],
    ...['x-rewrite-url', 'x-request-uri', 'x-envoy-original-path', 'x-ms-original-url'],
    ...['x-accel-redirect', 'x-auth-request-redirect', 'x-middleware-rewrite', 'x-inertia-location'],
    ...['x-waws-unencoded-url', 'hx-current-url', 'hx-redirect', 'hx-push-url', 'hx-replace-url'],
  ].map((name): [string, HeaderKind] => [name, 'url']),
]);
/** The same for headers by whatever name that were asked for. */
const kinds = new Map<string, HeaderKind>();
/** Options name a few; the hook `attributes` may name them by the thousand. */
const MAX_KINDS = 256;

/** A header that is called like a credential is one: `x-api-key`, `x-auth-token`; also behind `x-`: `x-auth`. */
export function headerKindOf(name: string): HeaderKind {
  let kind = kinds.get(name);
  if (kind === undefined) {
    kind =
      KINDS.get(name) ??
      (isCredentialName(name) || isCredentialName(name.replace(/^x-/, '')) ? 'credential' : 'text');
    if (kinds.size >= MAX_KINDS) kinds.clear();
    kinds.set(name, kind);
  }
  return kind;
}

/** The value of a header, without the credentials that its name tells of. */
export function redactHeader(
  name: string,
  value: string,
  isSensitivePath: (path: string) => boolean,
): string {
  switch (headerKindOf(name)) {
    case 'authorization':
      return redactAuthorization(value);
    case 'cookie':
      return redactCookies(value);
    case 'set-cookie':
      return redactSetCookie(value);
    case 'url':
      return redactUrl(value, isSensitivePath);
    case 'sub-protocols':
      return redactSubProtocols(value);
    case 'credential':
      return REDACTED;
    case 'text':
      return value;
  }
}

/** Whether a word is a registered authentication scheme, in any case. */
export function isAuthScheme(word: string): boolean {
  return AUTH_SCHEMES.has(word.toLowerCase());
}

/** Keeps the scheme (RFC 9110 section 11.4). */
export function redactAuthorization(value: string): string {
  const scheme = value.slice(0, Math.max(0, value.indexOf(' ')));
  return isAuthScheme(scheme) ? `${scheme} ${REDACTED}` : REDACTED;
}

function redactCookies(value: string): string {
  let redacted = '';
  let start = 0;
  for (let cookies = 0; cookies < MAX_COOKIES; cookies++) {
    const end = value.indexOf(';', start);
    if (end === -1) return redacted + redactCookie(value.slice(start));
    redacted += `${redactCookie(value.slice(start, end))};`;
    start = end + 1;
  }
  return redacted + REDACTED;
}

/** Keeps the attributes (`Path=/; HttpOnly`) that follow the cookie. */
function redactSetCookie(value: string): string {
  const end = value.indexOf(';');
  if (end === -1) return redactCookie(value);
  let redacted = redactCookie(value.slice(0, end));
  let shown = end;
  findBesideAttributes(value, end, (start, hiddenEnd) => {
    redacted += value.slice(shown, start) + REDACTED;
    shown = hiddenEnd;
  });
  return redacted + value.slice(shown);
}

/**
 * Calls `hide` for what follows the cookie of a `Set-Cookie` header and is none of its attributes. Cookies that were
 * joined to one header are such (`Path=/, sid=1`): `Headers.get()` of the Fetch API returns them so, and proxies pass
 * that on.
 *
 * @param from where the semicolon behind the cookie is
 */
export function findBesideAttributes(
  value: string,
  from: number,
  hide: (start: number, end: number) => void,
): void {
  let start = from + 1;
  for (let attributes = 0; start < value.length; attributes++) {
    if (attributes === MAX_COOKIES) {
      hide(start, value.length);
      return;
    }
    const semicolon = value.indexOf(';', start);
    const end = semicolon === -1 ? value.length : semicolon;
    const attribute = value.slice(start, end);
    const [name = '', , more] = attribute.split('=', 3);
    const isKnown = COOKIE_ATTRIBUTES.has(name.trim().toLowerCase());
    // Of `Path=/, sid=1` the name is known.
    if (isKnown && more !== undefined) hide(start + name.length + 1, end);
    else if (!isKnown && attribute.trim() !== '') hide(start, end);
    start = end + 1;
  }
}

/** Keeps the name; without one, browsers take the whole for the value. */
function redactCookie(pair: string): string {
  const equals = pair.indexOf('=');
  if (equals !== -1) return pair.slice(0, equals + 1) + REDACTED;
  const trimmed = pair.trimStart();
  return trimmed === '' ? pair : pair.slice(0, pair.length - trimmed.length) + REDACTED;
}
