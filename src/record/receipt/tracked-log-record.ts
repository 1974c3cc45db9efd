import type { HrTime } from '@opentelemetry/api';
import type { AnyValue, LogAttributes, LogBody, SeverityNumber } from '@opentelemetry/api-logs';
import type { InstrumentationScope } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { ReadWriteLogRecord } from '@opentelemetry/sdk-logs';
import type { Receipt } from './receipt.ts';

/**
 * A log record of our own, with the receipt under which it is counted if it is lost. It does not come from a logger: the
 * SDK's record copies every attribute, and a logger whose provider is shutting down delivers nothing.
 */
export abstract class TrackedLogRecord implements ReadWriteLogRecord {
  abstract hrTime: HrTime;
  abstract hrTimeObserved: HrTime;
  abstract readonly resource: Resource;
  abstract readonly instrumentationScope: InstrumentationScope;
  abstract readonly attributes: LogAttributes;
  abstract severityText: string;
  abstract severityNumber: SeverityNumber;
  abstract body: LogBody;
  abstract eventName: string;
  abstract droppedAttributesCount: number;
  /** `undefined` for a record that is not counted. */
  abstract readonly receipt: Receipt | undefined;

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
