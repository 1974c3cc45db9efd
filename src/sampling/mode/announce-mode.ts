import type { ResolvedOptions } from '../../options/schema.ts';
import type { ModeChange } from './mode.ts';
import { modeText } from './mode-events.ts';

export interface AnnounceModeDependencies {
  /** The hook of the options. */
  readonly onMode: ResolvedOptions['onMode'];
  /** Called with one line for the operator. */
  readonly warn: (text: string) => void;
  /** Called with what the hook throws, or its promise rejects with; it is not called again. */
  readonly onHookError: (error: unknown) => void;
}

/**
 * Tells the operator and the `onMode` hook of changes of the mode. The hook is called in a turn of the event loop of its
 * own: it may log, and so cause records, while the mode is being changed.
 */
export function announceMode({
  onMode,
  warn,
  onHookError,
}: AnnounceModeDependencies): (change: ModeChange) => void {
  let hook = onMode;
  const onError = (error: unknown): void => {
    if (hook === undefined) return;
    hook = undefined;
    onHookError(error);
  };
  return (change) => {
    warn(modeText(change));
    if (hook === undefined) return;
    setImmediate(() => {
      try {
        const result: unknown = hook?.(change.mode, change.reason);
        if (typeof result === 'object' && result !== null && 'then' in result) {
          Promise.resolve(result).catch(onError);
        }
      } catch (error) {
        onError(error);
      }
    });
  };
}
