import type { Outcome } from '../../http/exchange.ts';

/** Type of an attribute's value. OTLP has two types of numbers; a double stays one where it is whole. */
export type AttributeType = 'string' | 'int' | 'double' | 'string[]';

/** A row as it is written down below; what it leaves out is in {@link Attribute}. */
interface Row {
  readonly name: string;
  readonly type: AttributeType;
  readonly cap?: number;
  readonly initial?: unknown;
  readonly isRequired?: true;
  readonly isReplaceable?: true;
}

/** One attribute of the record of an exchange; `V` is the type of its field. */
export interface Attribute<V> {
  /**
   * Without the prefix `access_log.`, the name that the semantic conventions give it on HTTP server spans (v1.44.0,
   * https://opentelemetry.io/docs/specs/semconv/http/http-spans/).
   */
  readonly name: string;
  readonly type: AttributeType;
  /** UTF-16 code units at most, for a text that comes from outside; else infinite. */
  readonly cap: number;
  /** Value of the field in a new record. The attribute is left out while the field has it; by default `undefined`. */
  readonly initial: V;
  /** The attribute is there in every record, whatever its value. */
  readonly isRequired: boolean;
  /** The user's `attributes` hook may put another text in its place, to show less than we do. */
  readonly isReplaceable: boolean;
}

// Written as literals that need no inference: the types of the package are made file by file.
const TABLE = {
  /** `_OTHER` where the method is not a known one; `methodOriginal` has it then. */
  method: { name: 'http.request.method', type: 'string', initial: '' as string, isRequired: true },
  methodOriginal: { name: 'http.request.method_original', type: 'string', cap: 64 },
  /** Redacted, as the query is. */
  path: { name: 'url.path', type: 'string', cap: 2048, initial: '' as string, isReplaceable: true },
  query: { name: 'url.query', type: 'string', cap: 2048, initial: '' as string, isReplaceable: true },

  /** The client's, where a trusted proxy names it. */
  scheme: { name: 'url.scheme', type: 'string', initial: 'http' as 'http' | 'https', isRequired: true },
  /** The client that is believed in; `peerAddress` is the other end of the socket. */
  clientAddress: { name: 'client.address', type: 'string', cap: 255, isReplaceable: true },
  /** Name of the header that `clientAddress` was read from, or `socket`. */
  clientAddressSource: { name: 'access_log.client_address.source', type: 'string', cap: 64 },
  peerAddress: { name: 'network.peer.address', type: 'string', cap: 255, isReplaceable: true },
  peerPort: { name: 'network.peer.port', type: 'int' },
  serverAddress: { name: 'server.address', type: 'string', cap: 255, isReplaceable: true },
  serverPort: { name: 'server.port', type: 'int' },
  protocolVersion: { name: 'network.protocol.version', type: 'string', cap: 8, initial: '' as string },
  userAgent: { name: 'user_agent.original', type: 'string', cap: 512, isReplaceable: true },

  /** Template of the framework, from its instrumentation or the framework itself. */
  route: { name: 'http.route', type: 'string', cap: 512 },
  requestBodySize: { name: 'http.request.body.size', type: 'int' },
  requestSize: { name: 'http.request.size', type: 'int' },
  /** Only if a head was sent. */
  statusCode: { name: 'http.response.status_code', type: 'int' },
  /** Name of the gRPC status, where the response sent one: `OK`. https://opentelemetry.io/docs/specs/semconv/rpc/grpc/ */
  rpcStatus: { name: 'rpc.status_code', type: 'string', cap: 32 },
  /** https://opentelemetry.io/docs/specs/semconv/registry/attributes/error/ */
  errorType: { name: 'error.type', type: 'string', cap: 64 },
  /** Of an error that the framework handed to its error handlers, with a 5xx; of what ended the process. */
  exceptionType: { name: 'exception.type', type: 'string', cap: 128 },
  exceptionMessage: { name: 'exception.message', type: 'string', cap: 1024, isReplaceable: true },
  responseBodySize: { name: 'http.response.body.size', type: 'int' },
  responseSize: { name: 'http.response.size', type: 'int' },
  /** Seconds; named as the metric of the conventions, which have no such attribute. */
  duration: { name: 'http.server.request.duration', type: 'double', initial: 0 as number, isRequired: true },
  /** Seconds from the start of the exchange to the moment the head was handed to the socket. */
  timeToHeaders: { name: 'access_log.time_to_headers', type: 'double' },
  outcome: {
    name: 'access_log.outcome',
    type: 'string',
    initial: 'completed' as Outcome,
    isRequired: true,
  },
  /** How many records of the same key were suppressed and not reported yet. */
  suppressedBefore: { name: 'access_log.suppressed_before', type: 'int', initial: 0 as number },
  /** Names of the attributes that were cut to their cap. */
  truncated: { name: 'access_log.truncated', type: 'string[]' },
} as const;

type Table = typeof TABLE;

/** A field of `RecordFields` that becomes an attribute. */
export type AttributeField = keyof Table;

interface ValueTypes {
  readonly string: string;
  readonly int: number;
  readonly double: number;
  readonly 'string[]': string[];
}

type ValueOf<R extends Row> = R extends { readonly initial: infer V } ? V : ValueTypes[R['type']] | undefined;

/** The fields that become attributes, each with its type. */
export type AttributeFields = { -readonly [Field in AttributeField]: ValueOf<Table[Field]> };

/** The fields whose text a hook may replace. */
export type ReplaceableField = {
  [Field in AttributeField]: Table[Field] extends { readonly isReplaceable: true } ? Field : never;
}[AttributeField];

/** Rows of the table by field. */
export type Attributes = { readonly [Field in AttributeField]: Attribute<AttributeFields[Field]> };

/** All in one shape, which V8 reads faster than several. */
function attributeOf({ name, type, cap, initial, isRequired, isReplaceable }: Row): Attribute<unknown> {
  return {
    name,
    type,
    cap: cap ?? Number.POSITIVE_INFINITY,
    initial,
    isRequired: isRequired === true,
    isReplaceable: isReplaceable === true,
  };
}

function compile(table: Readonly<Record<string, Row>>): Attributes {
  // A copy whose properties are replaced, since V8 would make a slow dictionary of an object built by names.
  const attributes: Record<string, unknown> = { ...table };
  for (const [field, row] of Object.entries(table)) attributes[field] = attributeOf(row);
  return attributes as Attributes;
}

/**
 * Every attribute that a record may have apart from captured headers and those of the user's hook, by the field of
 * `RecordFields` that holds its value. From this table are derived: the type and the initial values of those fields,
 * the names that hooks may and may not replace, and what is written of attributes for which no code is written by hand
 * (`attribute-map.ts`, `access-log-encoder.ts`).
 *
 * Caps together keep a record below the 64 KiB of structured metadata, and the 128 entries of it, that Loki takes with
 * a line by default, even where every unit takes three bytes.
 *
 * `exchange-reader.ts` reads the values of an exchange.
 */
export const ATTRIBUTES: Attributes = compile(TABLE);

/** The rows of the table. */
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
