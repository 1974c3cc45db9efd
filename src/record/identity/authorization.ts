import { isAuthScheme } from '../redact/header-redaction.ts';

/** An `Authorization` header (RFC 9110 section 11.6.2). */
export interface Authorization {
  /** Registered scheme in lower case; `undefined` where the first word is none. */
  readonly scheme: string | undefined;
  /** What follows the scheme; without one the whole header, since any word of it may be a part of the credentials. */
  readonly credentials: string;
}

/** @returns `undefined` where there are no credentials */
export function parseAuthorization(header: string): Authorization | undefined {
  const text = header.trim();
  const space = text.indexOf(' ');
  const word = space === -1 ? text : text.slice(0, space);
  if (!isAuthScheme(word)) return text === '' ? undefined : { scheme: undefined, credentials: text };
  const credentials = space === -1 ? '' : text.slice(space).trim();
  return credentials === '' ? undefined : { scheme: word.toLowerCase(), credentials };
}
