import type { LogRecordProcessor, ReadWriteLogRecord } from '@opentelemetry/sdk-logs';
import { REQUEST_EVENT } from '../record/record-builder.ts';
import type { DeliveryCounts } from '../telemetry/totals.ts';
import type { Delivery } from './delivery.ts';

/** For a process that writes to standard output only: every kept record counts as delivered. */
export class NoDelivery implements Delivery, LogRecordProcessor {
  readonly processor: LogRecordProcessor = this;
  readonly isFailing = false;
  #accepted = 0;

  onEmit(record: ReadWriteLogRecord): void {
    if (record.eventName === REQUEST_EVENT) this.#accepted += 1;
  }

  counts(): DeliveryCounts {
    return { delivered: this.#accepted, lost: 0, pending: 0 };
  }

  report(): undefined {}

  backlog(): number {
    return 0;
  }

  async flush(): Promise<void> {}

  hasten(): void {}

  async settled(): Promise<void> {}

  letGo(): void {}

  get stored(): number {
    return 0;
  }

  get isStoring(): boolean {
    return false;
  }

  start(): void {}

  connect(): void {}

  /** There is no spool. */
  storeLast(): number {
    return 0;
  }

  deliverLast(): void {}

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}
