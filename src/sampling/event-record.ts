import type { HrTime } from '@opentelemetry/api';
import type { AnyValue, LogAttributes, LogBody, SeverityNumber } from '@opentelemetry/api-logs';
import type { InstrumentationScope } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { ReadWriteLogRecord } from '@opentelemetry/sdk-logs';

/** Whose records an event speaks of. */
export interface Origin {
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

/**
 * A log record of our own making. A logger cannot be used for these: once its provider is shutting down it delivers
 * nothing, and the SDK does not export its record class.
 */
export class EventRecord implements ReadWriteLogRecord {
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

  constructor(origin: Origin, content: EventContent, timestamp: HrTime) {
    this.hrTime = timestamp;
    this.hrTimeObserved = timestamp;
    this.resource = origin.resource;
    this.instrumentationScope = origin.instrumentationScope;
    this.attributes = { ...content.attributes };
    this.severityText = content.severityText;
    this.severityNumber = content.severityNumber;
    this.body = content.body;
    this.eventName = content.eventName;
  }

  setAttribute(key: string, value?: AnyValue): this {
    this.attributes[key] = value;
    return this;
  }

  setAttributes(attributes: LogAttributes): this {
    Object.assign(this.attributes, attributes);
    return this;
  }

  setBody(body: LogBody): this {
    this.body = body;
    return this;
  }

  setEventName(eventName: string): this {
    this.eventName = eventName;
    return this;
  }

  setSeverityNumber(severityNumber: SeverityNumber): this {
    this.severityNumber = severityNumber;
    return this;
  }

  setSeverityText(severityText: string): this {
    this.severityText = severityText;
    return this;
  }
}
