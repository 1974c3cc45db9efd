import { LostRecordsHook } from '../delivery/lost-records-hook.ts';
import type { HookName, ResolvedOptions } from '../options/options.ts';
import type { ExchangeReceipt } from '../record/receipt/receipt.ts';
import { announceMode } from '../sampling/mode/announce-mode.ts';
import type { ModeChange } from '../sampling/mode/mode.ts';
import type { Notices } from '../telemetry/notices.ts';
import type { ProcessMasking } from './masking-source.ts';

/** What the pipeline tells the hooks `onMode` and `onLost`, and the operator of hooks that throw. */
export class HookCalls {
  readonly onMode: (change: ModeChange) => void;
  readonly #notices: Notices;
  readonly #masking: ProcessMasking;
  readonly #lost: LostRecordsHook;

  constructor({ onMode, onLost }: ResolvedOptions, notices: Notices, masking: ProcessMasking) {
    this.#notices = notices;
    this.#masking = masking;
    this.#lost = new LostRecordsHook(onLost, (error) => this.onError('onLost', error));
    this.onMode = announceMode({
      onMode,
      warn: (text) => notices.warn('mode', text),
      onHookError: (error) => this.onError('onMode', error),
    });
  }

  /** Records of exchanges were lost. */
  onLost(receipt: ExchangeReceipt, errorType: string, count: number): void {
    this.#lost.add(receipt, errorType, count);
  }

  /** Calls `onLost` with what waits for the next turn of the event loop: at the end of the process there is none. */
  flush(): void {
    this.#lost.flush();
  }

  onError(hook: HookName, error: unknown): void {
    this.#notices.error(`hook.${hook}`, hookErrorText(hook, this.#masking.shownError(error)));
  }
}

/** What the operator is told of a hook that threw. */
export function hookErrorText(hook: HookName, reason: string): string {
  return `the ${hook} hook threw and is not called any more: ${reason}`;
}
