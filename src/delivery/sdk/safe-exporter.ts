import type { ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { LogRecordExporter, ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { asError } from '../../telemetry/caught.ts';
import { StartContext } from '../transport/start-context.ts';

const SUCCESS = 0 satisfies ExportResultCode;
const FAILED = 1 satisfies ExportResultCode;

/**
 * Reports the result of each batch once and in time, whatever the exporter does. The batch processor always gets a
 * success: a failure it would pass on to the error handler of the application's SDK, where our delivery has no business.
 */
export class SafeExporter implements LogRecordExporter {
  /** Exports run in the context of the start, not in that of the request that happened to start the batch. */
  readonly #startup = new StartContext();
  readonly #createExporter: () => LogRecordExporter;
  readonly #timeoutMs: number;
  readonly #onResult: (records: readonly ReadableLogRecord[], result: ExportResult) => void;
  readonly #underWay = new Set<Promise<void>>();
  #exporter: LogRecordExporter;

  constructor(
    createExporter: () => LogRecordExporter,
    timeoutMs: number,
    onResult: (records: readonly ReadableLogRecord[], result: ExportResult) => void,
  ) {
    this.#createExporter = createExporter;
    this.#exporter = createExporter();
    this.#timeoutMs = timeoutMs;
    this.#onResult = onResult;
  }

  export(records: ReadableLogRecord[], resultCallback: (result: ExportResult) => void): void {
    const exporter = this.#exporter;
    const exported = new Promise<void>((resolve) => {
      let told = false;
      const settle = (result: ExportResult): void => {
        if (told) return;
        told = true;
        clearTimeout(timer);
        resolve();
        this.#onResult(records, result);
        resultCallback({ code: SUCCESS });
      };
      const timer = setTimeout(() => {
        if (exporter === this.#exporter) this.#replaceExporter();
        const error = new Error(`no answer within ${this.#timeoutMs} ms`);
        settle({ code: FAILED, error: Object.assign(error, { code: 'ETIMEDOUT' }) });
      }, this.#timeoutMs).unref();
      try {
        this.#startup.run(() => exporter.export(records, settle));
      } catch (error) {
        settle({ code: FAILED, error: asError(error) });
      }
    });
    this.#underWay.add(exported);
    void exported.then(() => this.#underWay.delete(exported));
  }

  /** An official exporter waits for its exports as well, but also for one that never ends. Never rejects. */
  async forceFlush(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async shutdown(): Promise<void> {
    await this.#exporter.shutdown();
  }

  /** An official exporter has 30 places, and an export that never ends keeps one for ever. */
  #replaceExporter(): void {
    const former = this.#exporter;
    try {
      this.#exporter = this.#startup.run(this.#createExporter);
      void former.shutdown().catch(() => undefined);
    } catch {
      // It has some places left.
    }
  }
}
