import { echoOf } from '../http/echo/echo.ts';
import type { ObserverOptions } from '../http/observation.ts';
import { idsOf, noIds } from '../http/trace/trace-context.ts';
import type { ResolvedOptions } from '../options/options.ts';
import type { Recorder } from '../record/recorder.ts';

type ObservedParts = Pick<
  ObserverOptions,
  | 'requestHeaderNames'
  | 'identityHeaderNames'
  | 'keepResponseHead'
  | 'keepMessages'
  | 'upgrades'
  | 'tlsErrors'
  | 'echo'
  | 'idSource'
  | 'longAfterMs'
>;

/** What the options have an observer look at: the same in the pipeline and in an instrumentation. */
export function observedParts(options: ResolvedOptions, recorder: Recorder): ObservedParts {
  return {
    requestHeaderNames: recorder.requestHeaderNames,
    identityHeaderNames: recorder.identityHeaderNames,
    keepResponseHead: recorder.wantsResponseHead,
    keepMessages: recorder.hasHooks,
    upgrades: options.upgrades,
    tlsErrors: options.tlsErrors,
    echo: echoOf(options, recorder.isPeerTrusted),
    idSource: options.tracing === 'off' ? noIds : idsOf,
    longAfterMs: options.longAfterMs,
  };
}
