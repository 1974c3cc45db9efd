import { REDACTED } from '../../options/rules/strategy.ts';
import { isCredentialName, redactUrl } from './redaction.ts';

export type Redactor = (value: string, isSensitivePath: (path: string) => boolean) => string;

/**
 * Authentication schemes that are registered; any other word may be a part of the credentials.
 * https://www.iana.org/assignments/http-authschemes/
 */
const AUTH_SCHEMES: ReadonlySet<string> = new Set([
  ...['basic', 'bearer', 'concealed', 'digest', 'dpop', 'gnap', 'hoba', 'mutual', 'negotiate', 'oauth'],
  ...['privatetoken', 'scram-sha-1', 'scram-sha-256', 'vapid'],
]);
/** As many cookies as agents must be able to hold for one domain (RFC 6265 section 6.1); the rest are one. */
const MAX_COOKIES = 50;

/** Headers whose values are credentials, or URLs that may have them: allowing the header does not allow those. */
const REDACTORS: ReadonlyMap<string, Redactor> = new Map<string, Redactor>([
  ['authorization', redactAuthorization],
  ['proxy-authorization', redactAuthorization],
  ['cookie', redactCookies],
  ['set-cookie', redactSetCookie],
  ...[
    ...['referer', 'location', 'content-location', 'destination'],
    ...['x-forwarded-uri', 'x-forwarded-url', 'x-forwarded-path', 'x-original-uri', 'x-original-url'],
    ...['x-rewrite-url', 'x-request-uri', 'x-envoy-original-path', 'x-ms-original-url'],
    ...['x-waws-unencoded-url', 'hx-current-url', 'hx-redirect', 'hx-push-url', 'hx-replace-url'],
  ].map((name): [string, Redactor] => [name, redactUrl]),
]);
/** The same for headers by whatever name that were asked for; only the options name headers. */
const redactors = new Map<string, Redactor | undefined>();

/** A header that is called like a credential is one: `x-api-key`, `x-auth-token`. */
export function headerRedactorOf(name: string): Redactor | undefined {
  if (redactors.has(name)) return redactors.get(name);
  const redactor = REDACTORS.get(name) ?? (isCredentialName(name) ? () => REDACTED : undefined);
  redactors.set(name, redactor);
  return redactor;
}

/** Whether a word is a registered authentication scheme, in any case. */
export function isAuthScheme(word: string): boolean {
  return AUTH_SCHEMES.has(word.toLowerCase());
}

/** Keeps the scheme (RFC 9110 section 11.4). */
function redactAuthorization(value: string): string {
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
  return end === -1 ? redactCookie(value) : redactCookie(value.slice(0, end)) + value.slice(end);
}

/** Keeps the name; without one, browsers take the whole for the value. */
function redactCookie(pair: string): string {
  const equals = pair.indexOf('=');
  if (equals !== -1) return pair.slice(0, equals + 1) + REDACTED;
  const trimmed = pair.trimStart();
  return trimmed === '' ? pair : pair.slice(0, pair.length - trimmed.length) + REDACTED;
}
