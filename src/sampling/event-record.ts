import type { HrTime } from '@opentelemetry/api';
import type { LogAttributes, LogBody, SeverityNumber } from '@opentelemetry/api-logs';
import type { InstrumentationScope } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { EventReceipt } from '../record/receipt.ts';
import { TrackedLogRecord } from '../record/tracked-log-record.ts';

/** Whose records an event speaks of. */
export interface ResourceScope {
  readonly resource: Resource;
  readonly instrumentationScope: InstrumentationScope;
}

/** What an event says. */
export interface EventContent {
  readonly eventName: string;
  readonly severityNumber: SeverityNumber;
  readonly severityText: string;
  readonly body: string;
  readonly attributes: LogAttributes;
}

/** The record of an event of ours. */
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

  /** @param giveBack takes back the count that the event reports; `undefined` where it reports none */
  constructor(
    resourceScope: ResourceScope,
    content: EventContent,
    timestamp: HrTime,
    giveBack: (() => void) | undefined,
  ) {
    super();
    this.hrTime = timestamp;
    this.hrTimeObserved = timestamp;
    this.resource = resourceScope.resource;
    this.instrumentationScope = resourceScope.instrumentationScope;
    this.attributes = { ...content.attributes };
    this.severityText = content.severityText;
    this.severityNumber = content.severityNumber;
    this.body = content.body;
    this.eventName = content.eventName;
    this.receipt = giveBack && { kind: 'event', giveBack };
  }
}
