import type { ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { LogRecordExporter, ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { asError } from '../../telemetry/caught.ts';
import { StartContext } from '../transport/start-context.ts';

const SUCCESS = 0 satisfies ExportResultCode;
const FAILED = 1 satisfies ExportResultCode;

/**
 * Reports the result of each batch exactly once and in time, even if the exporter throws, hangs or calls back twice. The
 * batch processor always gets a success: it would report a failure to the error handler of the application's SDK.
 */
export class SafeExporter implements LogRecordExporter {
  /** Exports run in the context of the start, not in that of the request that happened to start the batch. */
  readonly #startup = new StartContext();
  readonly #createExporter: () => LogRecordExporter;
  readonly #timeoutMs: number;
  readonly #onResult: (records: readonly ReadableLogRecord[], result: ExportResult) => void;
  readonly #underWay = new Set<Promise<void>>();
  #recordsUnderWay = 0;
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

  /** Records in exports that have no result yet. */
  get recordsUnderWay(): number {
    return this.#recordsUnderWay;
  }

  export(records: ReadableLogRecord[], resultCallback: (result: ExportResult) => void): void {
    const exporter = this.#exporter;
    this.#recordsUnderWay += records.length;
    const exported = new Promise<void>((resolve) => {
      let isReported = false;
      const settle = (result: ExportResult): void => {
        if (isReported) return;
        isReported = true;
        clearTimeout(timer);
        resolve();
        this.#recordsUnderWay -= records.length;
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

  /** Bounded in time, unlike `forceFlush` of the official exporters, which waits for exports that never end. */
  async forceFlush(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async shutdown(): Promise<void> {
    await this.#exporter.shutdown();
  }

  /** An official exporter takes 30 exports at a time; one that never ends would occupy a place for ever. */
  #replaceExporter(): void {
    const former = this.#exporter;
    try {
      this.#exporter = this.#startup.run(this.#createExporter);
      void former.shutdown().catch(() => undefined);
    } catch {
      // The former exporter stays: it has places left.
    }
  }
}
