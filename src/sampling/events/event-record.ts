import type { HrTime, SpanContext } from '@opentelemetry/api';
import type { LogAttributes, LogBody, SeverityNumber } from '@opentelemetry/api-logs';
import type { InstrumentationScope } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { ResourceScope } from '../../record/access-log-record.ts';
import type { EventReceipt } from '../../record/receipt/receipt.ts';
import { TrackedLogRecord } from '../../record/receipt/tracked-log-record.ts';

/** Resource and instrumentation scope of an event: those of the records that it counts. */
export type EventScope = Pick<ResourceScope, 'resource' | 'instrumentationScope'>;

/** What an event consists of, apart from scope and time. */
export interface EventContent {
  readonly eventName: string;
  readonly severityNumber: SeverityNumber;
  readonly severityText: string;
  readonly body: string;
  readonly attributes: LogAttributes;
  /** That of the exchange that the event is about; `undefined` where it is about several. */
  readonly spanContext?: SpanContext | undefined;
}

/** The log record of one of our own events. */
export class EventRecord extends TrackedLogRecord {
  hrTime: HrTime;
  hrTimeObserved: HrTime;
  readonly resource: Resource;
  readonly instrumentationScope: InstrumentationScope;
  readonly attributes: LogAttributes;
  severityText: string;
  severityNumber: SeverityNumber;
  body: LogBody;
  eventName: string;
  droppedAttributesCount = 0;
  readonly receipt: EventReceipt | undefined;
  spanContext?: SpanContext;

  /** @param giveBack returns the count that the event reports to its ledger; `undefined` where it reports none */
  constructor(
    scope: EventScope,
    content: EventContent,
    timestamp: HrTime,
    giveBack: (() => void) | undefined,
  ) {
    super();
    this.hrTime = timestamp;
    this.hrTimeObserved = timestamp;
    this.resource = scope.resource;
    this.instrumentationScope = scope.instrumentationScope;
    this.attributes = { ...content.attributes };
    this.severityText = content.severityText;
    this.severityNumber = content.severityNumber;
    this.body = content.body;
    this.eventName = content.eventName;
    if (content.spanContext !== undefined) this.spanContext = content.spanContext;
    this.receipt = giveBack && { kind: 'event', giveBack };
  }
}
