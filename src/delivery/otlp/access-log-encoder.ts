import {
  ERROR_TYPE,
  HTTP_REQUEST_METHOD_ORIGINAL,
  HTTP_ROUTE,
  SUPPRESSED_BEFORE,
  TRUNCATED,
  URL_PATH,
  URL_QUERY,
} from '../../record/attribute-names.ts';
import { writeLine } from '../../record/body.ts';
import type { RecordFields } from '../../record/record-fields.ts';
import { writeAttributes, writeString } from './any-value.ts';
import { AttributeKey } from './attribute-key.ts';
import type { ByteWriter } from './byte-writer.ts';
import { ConnectionCache } from './connection-cache.ts';
import { RecordTemplates } from './record-templates.ts';
import { ANY_VALUE, LOG_RECORD } from './tags.ts';

const METHOD_ORIGINAL_KEY = new AttributeKey(HTTP_REQUEST_METHOD_ORIGINAL);
const PATH_KEY = new AttributeKey(URL_PATH);
const QUERY_KEY = new AttributeKey(URL_QUERY);
const ROUTE_KEY = new AttributeKey(HTTP_ROUTE);
const ERROR_TYPE_KEY = new AttributeKey(ERROR_TYPE);
const SUPPRESSED_BEFORE_KEY = new AttributeKey(SUPPRESSED_BEFORE);

/**
 * Writes records of exchanges as the LogRecord message of OTLP, out of their fields. Means what the official serializer
 * makes of the same record, except that durations are doubles even where they are whole seconds. What recurs from
 * record to record is copied, so the order of attributes is not that of the fields.
 */
export class AccessLogEncoder {
  readonly #templates: RecordTemplates = new RecordTemplates();
  readonly #connectionCache: ConnectionCache = new ConnectionCache();

  encode(writer: ByteWriter, fields: RecordFields): void {
    this.#templates.write(writer, fields);
    this.#connectionCache.write(writer, fields);
    const { methodOriginal, path, query, route, errorType, suppressedBefore, additions, truncated } = fields;
    if (methodOriginal !== undefined) METHOD_ORIGINAL_KEY.writeString(writer, methodOriginal);
    if (path !== '') PATH_KEY.writeString(writer, path);
    if (query !== '') QUERY_KEY.writeString(writer, query);
    if (route !== undefined) ROUTE_KEY.writeString(writer, route);
    if (errorType !== undefined) ERROR_TYPE_KEY.writeString(writer, errorType);
    if (suppressedBefore > 0) SUPPRESSED_BEFORE_KEY.writeInt(writer, suppressedBefore);
    if (additions !== undefined) writeAttributes(writer, LOG_RECORD.attributes, additions);
    if (truncated !== undefined) writeAttributes(writer, LOG_RECORD.attributes, { [TRUNCATED]: truncated });
    writer.byte(LOG_RECORD.body);
    if (fields.body === undefined) writeLineBody(writer, fields);
    else writeString(writer, fields.body);
  }
}

function writeLineBody(writer: ByteWriter, fields: RecordFields): void {
  const value = writer.open(1);
  writer.byte(ANY_VALUE.string);
  const line = writer.open(1);
  writeLine(writer, fields);
  writer.close(line, 1);
  writer.close(value, 1);
}
