// Not the global one, which is a getter.
import { Buffer, isUtf8 } from 'node:buffer';

const BASE64URL = /^[\w-]+$/;
/** Bytes of a header or payload that are parsed at most. */
const MAX_BYTES = 8192;
const MAX_CHARACTERS = Math.ceil((MAX_BYTES * 4) / 3);

/**
 * The claims of a signed JWT in its compact form (RFC 7515 section 7.1, RFC 7519). They are decoded, nothing is verified:
 * who made the token, and whether it is still valid, is for the application to know.
 *
 * @returns `undefined` for anything else: tokens that are encrypted, unsigned (`alg` is `none`) or longer than 8 KiB
 */
export function claimsOf(token: string): Readonly<Record<string, unknown>> | undefined {
  const [header, payload, signature, more] = token.split('.', 4);
  if (header === undefined || payload === undefined || more !== undefined) return undefined;
  if (signature === undefined || signature === '') return undefined;
  const { alg } = decode(header) ?? {};
  if (typeof alg !== 'string' || alg.toLowerCase() === 'none') return undefined;
  return decode(payload);
}

/** The object of JSON that a part of a token is; `undefined` where it is none. */
function decode(part: string): Readonly<Record<string, unknown>> | undefined {
  if (part.length > MAX_CHARACTERS || !BASE64URL.test(part)) return undefined;
  const bytes = Buffer.from(part, 'base64url');
  if (!isUtf8(bytes)) return undefined;
  try {
    const value: unknown = JSON.parse(bytes.toString());
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

/** A claim as a text; `undefined` where it is absent, empty, or no text, number or boolean. */
export function claimText(claims: Readonly<Record<string, unknown>>, name: string): string | undefined {
  if (!Object.hasOwn(claims, name)) return undefined;
  const value = claims[name];
  switch (typeof value) {
    case 'string':
      return value === '' ? undefined : value;
    case 'number':
    case 'boolean':
      return String(value);
    default:
      return undefined;
  }
}
