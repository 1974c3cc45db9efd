import type { HrTime, SpanContext } from '@opentelemetry/api';
import type { LogAttributes, LogBody } from '@opentelemetry/api-logs';
import type { InstrumentationScope } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { Exchange } from '../http/exchange.ts';
import type { RandomIds } from '../http/trace/random-ids.ts';
import type { BodyFormat } from '../options/schema.ts';
import { attributesOf } from './attributes/attribute-map.ts';
import type { Identity } from './identity/identity.ts';
import type { Masking } from './masking/masking.ts';
import type { ExchangeReceipt } from './receipt/receipt.ts';
import { TrackedLogRecord } from './receipt/tracked-log-record.ts';
import { REQUEST_EVENT, type RecordBuilder, type RecordSource } from './record-builder.ts';
import type { RecordFields } from './record-fields.ts';

/** Resource and instrumentation scope of a record. */
export interface ResourceScope {
  readonly resource: Resource;
  readonly instrumentationScope: InstrumentationScope;
  /** `service.name` of the resource. */
  readonly service: string | undefined;
}

/**
 * The record of an exchange. Holds the exchange as it was seen; attributes and body are made when they are
 * read. Until then an encoder uses {@link fields} and never needs them.
 *
 * To a log record processor it is a record like any other.
 */
export class AccessLogRecord extends TrackedLogRecord implements RecordSource {
  hrTime: HrTime;
  hrTimeObserved: HrTime;
  severityNumber: number;
  severityText: string;
  eventName: string = REQUEST_EVENT;
  droppedAttributesCount = 0;
  readonly resource: Resource;
  readonly instrumentationScope: InstrumentationScope;
  readonly service: string | undefined;
  readonly masking: Masking;
  /** Read at once: the headers with credentials are not kept for it. */
  readonly identity: Identity | undefined;
  readonly hookAttributes: Readonly<Record<string, unknown>> | undefined;

  readonly #builder: RecordBuilder;
  readonly #exchange: Exchange;
  /** Read at once, unlike all else of the exchange: an SDK that starts later must not change the ids. */
  readonly #randomIds: RandomIds | undefined;
  #spanContext: SpanContext | undefined;
  #hasSpanContext = false;
  #suppressedBefore = 0;
  #attributes: LogAttributes | undefined;
  #body: LogBody;
  #hasBody = false;

  constructor(
    builder: RecordBuilder,
    exchange: Exchange,
    resourceScope: ResourceScope,
    timestamp: HrTime,
    hookAttributes: Readonly<Record<string, unknown>> | undefined,
  ) {
    super();
    const severity = builder.severityOf(exchange);
    this.hrTime = timestamp;
    this.hrTimeObserved = timestamp;
    this.severityNumber = severity.number;
    this.severityText = severity.text;
    this.resource = resourceScope.resource;
    this.instrumentationScope = resourceScope.instrumentationScope;
    this.service = resourceScope.service;
    this.masking = builder.masking;
    this.identity = builder.identify(exchange);
    this.hookAttributes = hookAttributes;
    this.#builder = builder;
    this.#exchange = exchange;
    this.#randomIds = exchange.randomIds;
    if (this.#randomIds === undefined) this.spanContext = exchange.spanContext;
  }

  /**
   * All fields of the record, to be encoded; `undefined` once it was changed: then the record itself is to
   * be read. One object for all records: holds until that of another one is read.
   */
  get fields(): RecordFields | undefined {
    const isUntouched =
      this.#attributes === undefined &&
      !this.#hasBody &&
      this.eventName === REQUEST_EVENT &&
      this.hrTimeObserved === this.hrTime &&
      this.droppedAttributesCount === 0;
    return isUntouched ? this.#builder.read(this.#exchange, this) : undefined;
  }

  /** Made on the first read, where the ids are new ones. */
  get spanContext(): SpanContext {
    if (!this.#hasSpanContext) this.spanContext = this.#exchange.spanContext;
    // The interface has it optional, which an accessor cannot be: the cast hides an `undefined`.
    return this.#spanContext as SpanContext;
  }

  set spanContext(spanContext: SpanContext | undefined) {
    this.#hasSpanContext = true;
    this.#spanContext = spanContext;
  }

  /** The ids as numbers, until they are read as text. */
  get randomIds(): RandomIds | undefined {
    return this.#hasSpanContext ? undefined : this.#randomIds;
  }

  /** Made on the first read; changes to the object are delivered. */
  get attributes(): LogAttributes {
    this.#attributes ??= attributesOf(this.#builder.read(this.#exchange, this));
    return this.#attributes;
  }

  get body(): LogBody {
    if (!this.#hasBody) this.body = this.line();
    return this.#body;
  }

  set body(body: LogBody) {
    this.#hasBody = true;
    this.#body = body;
  }

  /** `access_log.suppressed_before`; absent where 0. */
  get suppressedBefore(): number {
    return this.#suppressedBefore;
  }

  /**
   * Sets `access_log.suppressed_before` without making the attributes.
   *
   * @returns false where the attributes were made already: then the caller has to set it there
   */
  carry(suppressedBefore: number): boolean {
    this.#suppressedBefore = suppressedBefore;
    return this.#attributes === undefined;
  }

  get receipt(): ExchangeReceipt {
    return this.#builder.receiptOf(this.#exchange, this.suppressedBefore);
  }

  /** The exchange as one line. @param format default: that of the body in the options */
  line(format?: BodyFormat): string {
    return this.#builder.bodyOf(this.#exchange, this, format);
  }
}
