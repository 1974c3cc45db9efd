import type { LogRecordProcessor, ReadWriteLogRecord } from '@opentelemetry/sdk-logs';
import { REQUEST_EVENT } from '../record/record-builder.ts';
import type { Delivery, DeliveryCounts } from './delivery.ts';

/** For a process that only writes to standard output: what was kept has arrived. */
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

  async flush(): Promise<void> {}

  letGo(): void {}

  deliverLast(): void {}

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}
