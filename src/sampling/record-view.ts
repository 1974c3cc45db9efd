import { type SpanContext, TraceFlags } from '@opentelemetry/api';
import type { LogAttributes } from '@opentelemetry/api-logs';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import {
  CLIENT_ADDRESS,
  HTTP_REQUEST_METHOD,
  HTTP_REQUEST_METHOD_ORIGINAL,
  HTTP_RESPONSE_STATUS_CODE,
  HTTP_ROUTE,
  HTTP_SERVER_REQUEST_DURATION,
  NETWORK_PEER_ADDRESS,
  OUTCOME,
  RPC_STATUS_CODE,
  TIME_TO_HEADERS,
  TRUNCATED,
  URL_PATH,
} from '../record/attributes/attribute-names.ts';
import { clientKeyOfText } from '../record/client/client-key.ts';
import { OTHER } from '../record/receipt/exchange-key.ts';
import type { SampledExchange } from '../record/sampled-exchange.ts';
import { isError, type SlowRules } from '../record/severity.ts';

/** The parts of a record that the view reads. */
export type ViewedRecord = Pick<ReadableLogRecord, 'attributes' | 'severityNumber' | 'spanContext'>;

/**
 * Reads a finished record as the exchange that sampling decides on. One view for all records, so that a suppressed record
 * allocates nothing; each `read` overwrites it.
 */
export class RecordView implements SampledExchange {
  readonly #rules: SlowRules;
  method: string = OTHER;
  path = '';
  route: string | undefined;
  statusCode: number | undefined;
  outcome: string = OTHER;
  severityNumber = 0;
  isError = false;
  isSlow = false;
  #attributes: LogAttributes = {};
  #spanContext: SpanContext | undefined;

  constructor(rules: SlowRules) {
    this.#rules = rules;
  }

  get traceId(): string | undefined {
    return this.#spanContext?.traceId;
  }

  get isSampled(): boolean {
    return ((this.#spanContext?.traceFlags ?? 0) & TraceFlags.SAMPLED) !== 0;
  }

  /** A record does not tell. */
  readonly traceRandomness = undefined;
  readonly isPeerTrusted = false;
  readonly isCanary = false;

  get clientName(): string | undefined {
    return text(this.#attributes, CLIENT_ADDRESS) ?? text(this.#attributes, NETWORK_PEER_ADDRESS);
  }

  get clientKey(): number | undefined {
    const { clientName } = this;
    return clientName === undefined ? undefined : clientKeyOfText(clientName);
  }

  read(record: ViewedRecord): this {
    const { attributes } = record;
    this.#attributes = attributes;
    this.#spanContext = record.spanContext;
    this.method =
      text(attributes, HTTP_REQUEST_METHOD_ORIGINAL) ?? text(attributes, HTTP_REQUEST_METHOD) ?? OTHER;
    this.path = pathOf(attributes);
    this.route = text(attributes, HTTP_ROUTE);
    this.statusCode = number(attributes, HTTP_RESPONSE_STATUS_CODE);
    this.outcome = text(attributes, OUTCOME) ?? OTHER;
    this.severityNumber = record.severityNumber ?? 0;
    this.isError = isError(this, text(attributes, RPC_STATUS_CODE));
    const seconds = number(attributes, TIME_TO_HEADERS) ?? number(attributes, HTTP_SERVER_REQUEST_DURATION);
    const { slowMs, isLongPoll } = this.#rules;
    this.isSlow =
      seconds !== undefined && seconds * 1000 > slowMs && isLongPoll?.(this.method, this.path) !== true;
    return this;
  }
}

/** The path; empty where it was cut, because a path rule that matches the beginning may not match the whole. */
function pathOf(attributes: LogAttributes): string {
  const cut = attributes[TRUNCATED];
  return Array.isArray(cut) && cut.includes(URL_PATH) ? '' : (text(attributes, URL_PATH) ?? '');
}

function text(attributes: LogAttributes, name: string): string | undefined {
  const value = attributes[name];
  return typeof value === 'string' ? value : undefined;
}

function number(attributes: LogAttributes, name: string): number | undefined {
  const value = attributes[name];
  return typeof value === 'number' ? value : undefined;
}
