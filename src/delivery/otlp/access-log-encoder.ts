import { ATTRIBUTES, type AttributeField, rowsWithout } from '../../record/attributes/attribute-table.ts';
import { writeLine } from '../../record/body/body.ts';
import type { RecordFields } from '../../record/record-fields.ts';
import { writeAttributes, writeString } from './any-value.ts';
import { AttributeKey } from './attribute-key.ts';
import type { ByteWriter } from './byte-writer.ts';
import { CACHED_FIELDS, ConnectionCache } from './connection-cache.ts';
import { RecordTemplates, TEMPLATE_FIELDS } from './record-templates.ts';
import { ANY_VALUE, LOG_RECORD } from './tags.ts';

const METHOD_ORIGINAL_KEY = new AttributeKey(ATTRIBUTES.methodOriginal.name);
const PATH_KEY = new AttributeKey(ATTRIBUTES.path.name);
const QUERY_KEY = new AttributeKey(ATTRIBUTES.query.name);
const ROUTE_KEY = new AttributeKey(ATTRIBUTES.route.name);
const ERROR_TYPE_KEY = new AttributeKey(ATTRIBUTES.errorType.name);
const SUPPRESSED_BEFORE_KEY = new AttributeKey(ATTRIBUTES.suppressedBefore.name);

/** Fields whose attributes {@link AccessLogEncoder.encode} writes itself. */
const OWN_FIELDS: readonly AttributeField[] = [
  ...(['methodOriginal', 'path', 'query', 'route', 'errorType', 'suppressedBefore', 'truncated'] as const),
];

/** An attribute that no hand-written part of the encoder writes. */
interface OtherAttribute {
  readonly field: AttributeField;
  readonly name: string;
  readonly key: AttributeKey;
  readonly isDouble: boolean;
  /** The value for which the attribute is left out. */
  readonly absent: unknown;
}

const OTHERS: readonly OtherAttribute[] = rowsWithout([
  ...TEMPLATE_FIELDS,
  ...CACHED_FIELDS,
  ...OWN_FIELDS,
]).map(([field, { name, type, initial, isRequired }]) => ({
  field,
  name,
  key: new AttributeKey(name),
  isDouble: type === 'double',
  absent: isRequired ? undefined : initial,
}));

/**
 * Writes records of exchanges as the LogRecord message of OTLP, out of their fields. The message has the meaning that
 * the official serializer gives the same record, except that durations are doubles even where they are whole seconds.
 * What recurs from record to record is copied, so the order of attributes is not that of the fields.
 */
export class AccessLogEncoder {
  readonly #templates: RecordTemplates = new RecordTemplates();
  readonly #connectionCache: ConnectionCache = new ConnectionCache();

  encode(writer: ByteWriter, fields: RecordFields): void {
    this.#templates.write(writer, fields);
    this.#connectionCache.write(writer, fields);
    const { methodOriginal, path, query, route, errorType, suppressedBefore, truncated } = fields;
    const { handlerFields, additions } = fields;
    if (methodOriginal !== undefined) METHOD_ORIGINAL_KEY.writeString(writer, methodOriginal);
    if (path !== '') PATH_KEY.writeString(writer, path);
    if (query !== '') QUERY_KEY.writeString(writer, query);
    if (route !== undefined) ROUTE_KEY.writeString(writer, route);
    if (errorType !== undefined) ERROR_TYPE_KEY.writeString(writer, errorType);
    if (suppressedBefore > 0) SUPPRESSED_BEFORE_KEY.writeInt(writer, suppressedBefore);
    for (const other of OTHERS) writeOther(writer, fields, other);
    if (handlerFields !== undefined) writeAttributes(writer, LOG_RECORD.attributes, handlerFields);
    if (additions !== undefined) writeAttributes(writer, LOG_RECORD.attributes, additions);
    if (truncated !== undefined) {
      writeAttributes(writer, LOG_RECORD.attributes, { [ATTRIBUTES.truncated.name]: truncated });
    }
    writer.byte(LOG_RECORD.body);
    if (fields.body === undefined) writeLineBody(writer, fields);
    else writeString(writer, fields.body);
  }
}

function writeOther(
  writer: ByteWriter,
  fields: RecordFields,
  { field, name, key, isDouble, absent }: OtherAttribute,
): void {
  const value = fields[field];
  if (value === undefined || value === absent) return;
  if (typeof value === 'string') key.writeString(writer, value);
  else if (typeof value !== 'number') writeAttributes(writer, LOG_RECORD.attributes, { [name]: value });
  else if (isDouble) key.writeDouble(writer, value);
  else key.writeInt(writer, value);
}

function writeLineBody(writer: ByteWriter, fields: RecordFields): void {
  const value = writer.open(1);
  writer.byte(ANY_VALUE.string);
  const line = writer.open(1);
  writeLine(writer, fields);
  writer.close(line, 1);
  writer.close(value, 1);
}
