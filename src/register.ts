/**
 * `node --import otel-access-log/register app.js`, or `--require`: starts the access log with the options of the
 * environment. A mistake in them is told in one message; the application starts all the same, without an access log.
 */
import { performance } from 'node:perf_hooks';
import { OptionsError, resolveOptions, resolveOtelEnvironment, unknownVariables } from './options/options.ts';
import { Pipeline } from './pipeline.ts';
import { Reporter } from './telemetry/reporter.ts';

function register(): void {
  let reporter = new Reporter({ nowMs: () => performance.now() });
  try {
    const problems: string[] = [];
    const options = collect(resolveOptions, problems);
    if (options?.enabled === false) return;
    const environment = collect(resolveOtelEnvironment, problems);
    if (environment !== undefined) {
      reporter = new Reporter({ nowMs: () => performance.now(), level: environment.logLevel });
      if (environment.sdkDisabled) return;
    }
    const { warnings = [], sdkWarnings = [] } = environment ?? {};
    const all = [...unknownVariables(), ...warnings, ...(options?.pipeline === 'sdk' ? sdkWarnings : [])];
    for (const [index, warning] of all.entries()) reporter.warn(`environment.${index}`, warning);
    if (options === undefined || environment === undefined) throw new OptionsError(problems);
    if (environment.logsExporter === 'none' && options.stdout === 'off') return;
    new Pipeline(options, environment, reporter).start();
  } catch (error) {
    reporter.error('start', `no access log: ${textOf(error)}`);
  }
}

/** What `resolve` returns; `undefined` where there are problems, so that one message tells those of all. */
function collect<T>(resolve: () => T, problems: string[]): T | undefined {
  try {
    return resolve();
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

function textOf(error: unknown): string {
  if (error instanceof OptionsError) return error.problems.join('; ');
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

register();
