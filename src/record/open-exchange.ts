import { attributesOf } from './attributes/attribute-map.ts';
import {
  CLIENT_ADDRESS,
  HTTP_REQUEST_BODY_SIZE,
  HTTP_REQUEST_METHOD,
  HTTP_REQUEST_METHOD_ORIGINAL,
  HTTP_RESPONSE_BODY_SIZE,
  HTTP_RESPONSE_STATUS_CODE,
  HTTP_ROUTE,
  HTTP_SERVER_REQUEST_DURATION,
  TRUNCATED,
  URL_PATH,
} from './attributes/attribute-names.ts';
import { renderBody } from './body/body.ts';
import type { RecordAttributes, RecordFields } from './record-fields.ts';
import type { Severity } from './severity.ts';

/** An exchange that is open, as events show it. */
export interface OpenExchangeDescription {
  /** That of its record, if it ended now. */
  readonly severity: Severity;
  /** As the body of its record in the format `line`. */
  readonly line: string;
  readonly attributes: RecordAttributes;
}

/** The attributes of a record that are known before the end; of them those that tell which exchange it is, and how far. */
const SHOWN: readonly string[] = [
  HTTP_REQUEST_METHOD,
  HTTP_REQUEST_METHOD_ORIGINAL,
  URL_PATH,
  HTTP_ROUTE,
  CLIENT_ADDRESS,
  HTTP_RESPONSE_STATUS_CODE,
  HTTP_SERVER_REQUEST_DURATION,
  HTTP_REQUEST_BODY_SIZE,
  HTTP_RESPONSE_BODY_SIZE,
];

/** @param fields as read of the exchange as far as it has come */
export function describeOpen(fields: RecordFields, severity: Severity): OpenExchangeDescription {
  const all = attributesOf(fields);
  const attributes: RecordAttributes = {};
  for (const name of SHOWN) {
    const value = all[name];
    if (value !== undefined) attributes[name] = value;
  }
  const cut = fields.truncated?.filter((name) => SHOWN.includes(name)) ?? [];
  if (cut.length > 0) attributes[TRUNCATED] = cut;
  return { severity, line: renderBody('line', fields, undefined), attributes };
}
