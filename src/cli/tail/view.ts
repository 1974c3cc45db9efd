import type { ReceivedRecord } from '../otlp-decode.ts';
import type { Summary } from './traffic.ts';

/** Where the records that are wanted go. */
export interface View {
  show(record: ReceivedRecord): void;
  /** Whether a further export can be taken: late where the reader lags, `false` where too many wait already. */
  hasRoom(): Promise<boolean>;
  /** Nothing is shown any more: what waits is written, the terminal is as it was. */
  end(): void;
}

/** What the bottom line says. */
export type SummaryNow = () => { readonly summary: Summary; readonly unreadable: number };
