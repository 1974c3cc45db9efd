import type { Outcome } from '../http/exchange.ts';

/**
 * Type of an attribute's value. A double stays one where it is whole, which `int` and `double` tell apart for OTLP.
 */
export type AttributeType = 'string' | 'int' | 'double' | 'string[]';

/** One attribute of the record of an exchange; `V` is the type of its field. */
export interface Attribute<V> {
  /**
   * Without the prefix `access_log.`, the name that the semantic conventions give it on HTTP server spans (v1.44.0,
   * https://opentelemetry.io/docs/specs/semconv/http/http-spans/).
   */
  readonly name: string;
  readonly type: AttributeType;
  /** Value of the field in a new record. */
  readonly initial: V;
  /** The attribute is left out while its field is `initial`. */
  readonly isOptional: boolean;
  /** UTF-16 code units at most, where the text comes from outside. */
  readonly cap: number | undefined;
  /** The user's `attributes` hook may put another text in its place, to show less than we do. */
  readonly isReplaceable: boolean;
}

/** A text of bounded length. */
export interface TextAttribute<V> extends Attribute<V> {
  readonly cap: number;
}

interface ReplaceableAttribute<V> extends TextAttribute<V> {
  readonly isReplaceable: true;
}

/** Present in every record. */
function always<V>(name: string, type: AttributeType, initial: V): Attribute<V> {
  return { name, type, initial, isOptional: false, cap: undefined, isReplaceable: false };
}

function number(name: string, type: 'int' | 'double'): Attribute<number | undefined> {
  return { name, type, initial: undefined, isOptional: true, cap: undefined, isReplaceable: false };
}

function text(name: string, cap: number): TextAttribute<string | undefined> {
  return { name, type: 'string', initial: undefined, isOptional: true, cap, isReplaceable: false };
}

function replaceable(name: string, cap: number): ReplaceableAttribute<string | undefined> {
  return { ...text(name, cap), isReplaceable: true };
}

/** A text that is left out while it is empty: the body and the encoder read it without a check for `undefined`. */
function nonEmpty<A extends TextAttribute<string | undefined>>(
  attribute: A,
): Omit<A, 'initial'> & { readonly initial: string } {
  return { ...attribute, initial: '' };
}

const ADDRESS_CAP = 255;

/**
 * Every attribute that a record may have apart from captured headers and those of the user's hook, by the field of
 * `RecordFields` that holds its value. From this table are derived: the type and the initial values of those fields,
 * the names that hooks may and may not replace, and what is written of attributes for which no code is written by hand
 * (`attributes.ts`, `access-log-encoder.ts`).
 *
 * Caps together keep a record below the 64 KiB of structured metadata, and the 128 entries of it, that Loki takes with
 * a line by default, even where every unit takes three bytes.
 *
 * `read-fields.ts` reads the values of an exchange.
 */
export const ATTRIBUTES = {
  /** `_OTHER` where the method is not a known one; `methodOriginal` has it then. */
  method: always('http.request.method', 'string', ''),
  methodOriginal: text('http.request.method_original', 64),
  /** Redacted, as the query is. */
  path: nonEmpty(replaceable('url.path', 2048)),
  query: nonEmpty(replaceable('url.query', 2048)),

  /** The client's, where a trusted proxy names it. */
  scheme: always<'http' | 'https'>('url.scheme', 'string', 'http'),
  /** The client that is believed in; `peerAddress` is the other end of the socket. */
  clientAddress: replaceable('client.address', ADDRESS_CAP),
  /** Name of the header that `clientAddress` was read from, or `socket`. */
  clientAddressSource: text('access_log.client_address.source', 64),
  peerAddress: replaceable('network.peer.address', ADDRESS_CAP),
  peerPort: number('network.peer.port', 'int'),
  serverAddress: replaceable('server.address', ADDRESS_CAP),
  serverPort: number('server.port', 'int'),
  protocolVersion: nonEmpty(text('network.protocol.version', 8)),
  userAgent: replaceable('user_agent.original', 512),

  /** Template of the framework, from its instrumentation or the framework itself. */
  route: text('http.route', 512),
  requestBodySize: number('http.request.body.size', 'int'),
  /** Only if a head was sent. */
  statusCode: number('http.response.status_code', 'int'),
  /** https://opentelemetry.io/docs/specs/semconv/registry/attributes/error/ */
  errorType: text('error.type', 64),
  responseBodySize: number('http.response.body.size', 'int'),
  responseSize: number('http.response.size', 'int'),
  /** Seconds; named as the metric of the conventions, which have no such attribute. */
  duration: always('http.server.request.duration', 'double', 0),
  /** Seconds from the start of the exchange to the moment the head was handed to the socket. */
  timeToHeaders: number('access_log.time_to_headers', 'double'),
  outcome: always<Outcome>('access_log.outcome', 'string', 'completed'),
  /** How many records of the same key were suppressed and not reported yet. */
  suppressedBefore: { ...always('access_log.suppressed_before', 'int', 0), isOptional: true },
  /** Names of the attributes that were cut to their cap. */
  truncated: {
    ...always<string[] | undefined>('access_log.truncated', 'string[]', undefined),
    isOptional: true,
  },
} as const;

type Table = typeof ATTRIBUTES;

/** A field of `RecordFields` that becomes an attribute. */
export type AttributeField = keyof Table;

/** The fields that become attributes, each with its type. */
export type AttributeFields = {
  -readonly [Field in AttributeField]: Table[Field] extends { readonly initial: infer V } ? V : never;
};

/** The fields whose text a hook may replace. */
export type ReplaceableField = {
  [Field in AttributeField]: Table[Field]['isReplaceable'] extends true ? Field : never;
}[AttributeField];

/** The rows of the table: its keys are no other than those of the literal above. */
export const ATTRIBUTE_ROWS: readonly (readonly [AttributeField, Attribute<unknown>])[] = Object.entries(
  ATTRIBUTES,
) as [AttributeField, Attribute<unknown>][];

/** The rows of the fields that `handWritten` does not name: a generic loop writes these. */
export function rowsWithout(
  handWritten: readonly AttributeField[],
): readonly (readonly [AttributeField, Attribute<unknown>])[] {
  const names = new Set(handWritten);
  return ATTRIBUTE_ROWS.filter(([field]) => !names.has(field));
}
