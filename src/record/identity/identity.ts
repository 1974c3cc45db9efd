import type { Connection, Exchange } from '../../http/exchange.ts';
import type { ResolvedOptions } from '../../options/schema.ts';
import {
  AUTH_CLAIM_PREFIX,
  AUTH_FINGERPRINT,
  AUTH_SCHEME,
  SESSION_ID,
  TENANT_ID,
  USER_HASH,
  USER_ID,
} from '../attributes/attribute-names.ts';
import { CAPS } from '../attributes/caps.ts';
import type { Masking } from '../masking/masking.ts';
import { headerValues } from '../reading/headers.ts';
import type { RecordWriter } from '../record-writer.ts';
import { parseAuthorization } from './authorization.ts';
import { claimsOf, claimText } from './jwt.ts';
import { compileSources, type FieldOf, type Found, type IdentityInput } from './sources.ts';

export type IdentityOptions = Pick<
  ResolvedOptions,
  'session' | 'user' | 'tenant' | 'jwtClaims' | 'authFingerprint'
>;

/** Attributes that tell who it was, masked or hashed, and not cut yet. */
export type Identity = readonly (readonly [attribute: string, value: string])[];

/** Reads who it was. */
export interface IdentityReader {
  /** Lower-case names of the request headers that are read. */
  readonly headerNames: readonly string[];
  /** Attributes that nothing else may write. */
  readonly names: ReadonlySet<string>;
  /**
   * To be called once for an exchange, at its end: it takes the headers, which are credentials, away from it.
   *
   * @returns `undefined` where nothing is known
   */
  read(exchange: Exchange, masking: Masking): Identity | undefined;
}

const AUTHORIZATION = 'authorization';
const PLAIN = '=plain';
/** What {@link Masking.hash} returns. */
const HASH = /^[\da-f]{4}:[\w-]{22}$/;
const UNAUTHORIZED = 401;
/** gRPC's code for the same (https://grpc.io/docs/guides/status-codes/). */
const UNAUTHENTICATED = 16;

type Add = (attribute: string, value: string | undefined) => void;

/**
 * Compiles how an exchange tells who it was.
 *
 * @param isPeerTrusted whether headers and baggage are believed
 * @returns `undefined` where the options ask for nothing
 */
export function compileIdentity(
  options: IdentityOptions,
  isPeerTrusted: (connection: Connection) => boolean,
  fieldOf: FieldOf,
): IdentityReader | undefined {
  const session = compileSources(SESSION_ID, options.session, fieldOf);
  const user = compileSources(USER_ID, options.user, fieldOf);
  const tenant = compileSources(TENANT_ID, options.tenant, fieldOf);
  const addCredentials = compileCredentials(options);
  const headerNames = new Set([...session.headerNames, ...user.headerNames, ...tenant.headerNames]);
  if (addCredentials !== undefined) headerNames.add(AUTHORIZATION);
  const names = new Set<string>();
  if (options.session.length > 0) names.add(SESSION_ID);
  if (options.user.length > 0) names.add(USER_ID).add(USER_HASH);
  if (options.tenant.length > 0) names.add(TENANT_ID);
  if (names.size === 0 && addCredentials === undefined) return undefined;

  return {
    headerNames: [...headerNames],
    names,
    read(exchange, masking) {
      const identity: [string, string][] = [];
      const add: Add = (attribute, value) => {
        if (value !== undefined && value !== '') identity.push([attribute, value]);
      };
      const input: IdentityInput = {
        exchange,
        headers: exchange.takeIdentityHeaders?.(),
        isPeerTrusted: isPeerTrusted(exchange.connection),
      };
      // A credential: a reader of the log could go on with the session.
      add(SESSION_ID, hash(masking, SESSION_ID, session.read(input)?.value));
      addUser(add, masking, user.read(input));
      add(TENANT_ID, show(masking, TENANT_ID, tenant.read(input)));
      addCredentials?.(add, masking, input);
      return identity.length === 0 ? undefined : identity;
    },
  };
}

/** Writes the attributes, each cut to its limit. */
export function addIdentity(writer: RecordWriter, identity: Identity): void {
  for (const [attribute, value] of identity) writer.addText(attribute, value, CAPS.identity);
}

/** Claims and fingerprint of what is in `Authorization`; `undefined` where neither is asked for. */
function compileCredentials({
  jwtClaims,
  authFingerprint,
}: IdentityOptions): ((add: Add, masking: Masking, input: IdentityInput) => void) | undefined {
  if (jwtClaims.length === 0 && !authFingerprint) return undefined;
  const claims = jwtClaims.map((text) => {
    const isPlain = text.endsWith(PLAIN);
    const name = isPlain ? text.slice(0, -PLAIN.length) : text;
    return { name, attribute: AUTH_CLAIM_PREFIX + name, isPlain };
  });
  return (add, masking, { exchange, headers }) => {
    const [header = ''] = headerValues(headers, AUTHORIZATION);
    const authorization = parseAuthorization(header);
    if (authorization === undefined) return;
    const { scheme, credentials } = authorization;
    if (authFingerprint) {
      add(AUTH_FINGERPRINT, hash(masking, AUTH_FINGERPRINT, credentials));
      add(AUTH_SCHEME, scheme);
    }
    // The application has refused the token: its claims are any text.
    if (claims.length === 0 || scheme !== 'bearer' || wasRefused(exchange)) return;
    const decoded = claimsOf(credentials);
    if (decoded === undefined) return;
    for (const { name, attribute, isPlain } of claims) {
      const value = claimText(decoded, name);
      if (value === undefined) continue;
      add(attribute, isPlain ? masking.text(attribute, value) : hash(masking, attribute, value));
    }
  };
}

function wasRefused({ statusCode, grpcStatus }: Exchange): boolean {
  return statusCode === UNAUTHORIZED || grpcStatus === UNAUTHENTICATED;
}

/** The conventions have another attribute for a user that is hashed. */
function addUser(add: Add, masking: Masking, user: Found | undefined): void {
  const shown = show(masking, USER_ID, user);
  const isHash = shown !== undefined && shown !== user?.value && HASH.test(shown);
  add(isHash ? USER_HASH : USER_ID, shown);
}

function show(masking: Masking, attribute: string, found: Found | undefined): string | undefined {
  if (found === undefined) return undefined;
  const { value, strategy } = found;
  if (strategy === undefined) return masking.text(attribute, value);
  if (strategy.kind === 'hash' && !masking.canHash) return undefined;
  return masking.field(attribute, value, strategy);
}

/** @returns `undefined` without a key: a value is never shown instead */
function hash(masking: Masking, attribute: string, value: string | undefined): string | undefined {
  return value === undefined || !masking.canHash ? undefined : masking.hash(attribute, value);
}
