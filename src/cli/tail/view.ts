import type { ReceivedRecord } from '../receiver/otlp-record.ts';
import type { Trouble } from './summary-line.ts';
import type { Summary } from './traffic.ts';

/** Where the records that are wanted go. */
export interface View {
  show(record: ReceivedRecord): void;
  /** Resolves when a further export can be shown: late where the reader lags. */
  room(): Promise<void>;
  /** Nothing is shown any more: what waits is written, the terminal is as it was. */
  end(): void;
}

/** The contents of the bottom line. */
export type SummaryNow = () => Trouble & { readonly summary: Summary };
