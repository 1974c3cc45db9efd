/** What stands in place of a credential; the word is that of the semantic conventions for `url.query`. */
export const REDACTED = 'REDACTED';

/**
 * Parameters of signed URLs, case-sensitive.
 * https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span (`url.query`)
 */
const SIGNATURE_NAMES: ReadonlySet<string> = new Set([
  'X-Amz-Signature',
  'X-Amz-Credential',
  'X-Amz-Security-Token',
  'AWSAccessKeyId',
  'Signature',
  'sig',
  'X-Goog-Signature',
]);

/** Parameters that carry credentials; compared by {@link simplify}, so `Access-Token` and `accessToken` are meant too. */
const CREDENTIAL_NAMES: ReadonlySet<string> = new Set(
  [
    ...[
      'token',
      'access_token',
      'refresh_token',
      'id_token',
      'password',
      'passwd',
      'secret',
      'client_secret',
    ],
    ...['api_key', 'apikey', 'key', 'auth', 'code', 'session', 'jwt'],
  ].map(simplify),
);

/** Names a part of every listed parameter: a query without any of these, and without encoding, has none of them. */
const SUSPICIOUS = /%|token|passw|secret|key|auth|code|session|jwt|sig|credential/i;

/** Encodings on top of one another that are undone when a name is compared. */
const MAX_DECODINGS = 3;
const ENCODED_BYTE = /%([0-9a-f]{2})/gi;
/** How frameworks write parameters inside of parameters: `user[password]`, `user.password`. */
const NAME_PARTS = /[[\].]+/;
/** What some parsers separate by, beside `&`; and where the query of a URL inside of a value begins. */
const INNER_SEPARATOR = /[;?]/;
const HAS_SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;

/**
 * Replaces the values of credentials in a query by `REDACTED`; names, order and everything else stay as received.
 * A name counts however it is encoded, and also as a part of a structured one (`token[]`, `user[password]`). A value
 * that is itself a URL or query with a credential in it is replaced as a whole. Empty values stay empty.
 */
export function redactQuery(query: string): string {
  if (!SUSPICIOUS.test(query)) return query;
  return query.split('&').map(redactParameter).join('&');
}

/** A URL, absolute or relative, with its query redacted, and without user information and fragment. */
export function redactUrl(url: string, isSensitive: (path: string) => boolean): string {
  const scheme = HAS_SCHEME.exec(url)?.[0] ?? (url.startsWith('//') ? '//' : '');
  const [whole = ''] = url.slice(scheme.length).split('#', 1);
  const mark = whole.indexOf('?');
  const before = mark === -1 ? whole : whole.slice(0, mark);
  const slash = before.indexOf('/');
  const host = scheme === '' || slash === -1 ? before : before.slice(0, slash);
  const path = scheme === '' ? before : before.slice(host.length);
  const shown = scheme === '' ? before : host.slice(host.lastIndexOf('@') + 1) + path;
  if (mark === -1 || isSensitive(path)) return scheme + shown;
  return `${scheme}${shown}?${redactQuery(whole.slice(mark + 1))}`;
}

function redactParameter(parameter: string): string {
  let start = 0;
  for (const piece of parameter.split(INNER_SEPARATOR)) {
    const equals = piece.indexOf('=');
    const nameEnd = start + (equals === -1 ? 0 : equals + 1);
    // To its very end: a parser that knows only `&` takes what follows a `;` as a part of this value.
    if (holdsCredential(piece, equals) && nameEnd < parameter.length) {
      return parameter.slice(0, nameEnd) + REDACTED;
    }
    start += piece.length + 1;
  }
  return parameter;
}

function holdsCredential(piece: string, equals: number): boolean {
  if (equals !== -1 && isCredentialName(piece.slice(0, equals))) return true;
  // A value that is a URL or a query itself, encoded: `next=https%3A%2F%2Fexample.com%2F%3Ftoken%3D1`.
  if (!piece.includes('%')) return false;
  const value = decode(piece.slice(equals + 1));
  if (!SUSPICIOUS.test(value)) return false;
  return value.split(/[;?&#]/).some((inner) => {
    const at = inner.indexOf('=');
    return at !== -1 && isCredentialName(inner.slice(0, at));
  });
}

function isCredentialName(name: string): boolean {
  const decoded = decode(name);
  if (SIGNATURE_NAMES.has(decoded) || CREDENTIAL_NAMES.has(simplify(decoded))) return true;
  for (const part of decoded.split(NAME_PARTS)) {
    if (SIGNATURE_NAMES.has(part) || CREDENTIAL_NAMES.has(simplify(part))) return true;
  }
  return false;
}

/** Lower case, without what parsers ignore or turn into one another: blanks, `+`, `-`, `_`, `.`, control characters. */
function simplify(name: string): string {
  return name.toLowerCase().replace(/[\s\p{Cc}+._-]/gu, '');
}

/** Undoes percent-encoding where there is any, byte by byte: what is not ASCII is in no name. */
function decode(text: string): string {
  let decoded = text;
  for (let round = 0; round < MAX_DECODINGS && decoded.includes('%'); round++) {
    decoded = decoded.replace(ENCODED_BYTE, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  }
  return decoded;
}
