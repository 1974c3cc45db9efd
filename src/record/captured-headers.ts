import { CAPS } from './caps.ts';
import type { RecordWriter } from './record-writer.ts';
import { REDACTED, redactUrl } from './redaction.ts';

type Redactor = (value: string, isSensitivePath: (path: string) => boolean) => string;

/** The scheme of an `Authorization` value (RFC 9110 section 11.4). */
const AUTH_SCHEME = /^[a-z][a-z0-9-]{0,31}(?= )/i;

/** Headers whose values are credentials, or URLs that may have them: allowing the header does not allow those. */
const REDACTORS: ReadonlyMap<string, Redactor> = new Map<string, Redactor>([
  ['authorization', redactAuthorization],
  ['proxy-authorization', redactAuthorization],
  ['cookie', redactCookies],
  ['set-cookie', redactSetCookie],
  ['referer', redactUrl],
  ['location', redactUrl],
  ['content-location', redactUrl],
  ['x-forwarded-uri', redactUrl],
  ['x-original-uri', redactUrl],
  ['x-original-url', redactUrl],
  ['x-rewrite-url', redactUrl],
]);

/** Writes the values of one allow-listed header, credentials redacted, as `prefix` and the header's lower-case name. */
export function addHeader(
  writer: RecordWriter,
  prefix: string,
  name: string,
  values: readonly string[],
  isSensitivePath: (path: string) => boolean,
): void {
  if (values.length === 0) return;
  const attribute = prefix + name;
  const redact = REDACTORS.get(name);
  if (redact === undefined) {
    writer.addTexts(attribute, values, CAPS.headerValue, CAPS.headerValues);
    return;
  }
  const shown: string[] = [];
  for (const value of values.slice(0, CAPS.headerValues)) {
    // Cut first: redacting costs as much as there is to redact, and a name always stands before its value.
    if (value.length > CAPS.headerValue) writer.cut(attribute);
    shown.push(redact(value.slice(0, CAPS.headerValue), isSensitivePath));
  }
  if (values.length > shown.length) writer.cut(attribute);
  writer.addTexts(attribute, shown, CAPS.headerValue, CAPS.headerValues);
}

function redactAuthorization(value: string): string {
  const scheme = AUTH_SCHEME.exec(value)?.[0];
  return scheme === undefined ? REDACTED : `${scheme} ${REDACTED}`;
}

function redactCookies(value: string): string {
  return value.split(';').map(redactCookie).join(';');
}

/** Keeps the attributes (`Path=/; HttpOnly`) that follow the cookie. */
function redactSetCookie(value: string): string {
  const end = value.indexOf(';');
  return end === -1 ? redactCookie(value) : redactCookie(value.slice(0, end)) + value.slice(end);
}

/** Keeps the name; without one, browsers take the whole for the value. */
function redactCookie(pair: string): string {
  const equals = pair.indexOf('=');
  return equals === -1 ? pair.replace(/\S.*/, REDACTED) : pair.slice(0, equals + 1) + REDACTED;
}
