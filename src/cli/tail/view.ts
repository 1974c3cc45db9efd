import type { ReceivedRecord } from '../receiver/otlp-record.ts';

/** Where the records that are wanted go. */
export interface View {
  show(record: ReceivedRecord): void;
  /** Resolves when a further export can be shown: late where the reader lags. */
  room(): Promise<void>;
  /** Whether it is left by a key: then it stays when all has been shown. */
  readonly hasKeys: boolean;
  /** Nothing is shown any more: what waits is written, the terminal is as it was. */
  end(): void;
}
