import type { ExplainedOption } from '../../options/explain.ts';
import { explainApp, lastHeartbeat, stateOf } from './explain/explain-app.ts';
import type { ProbeMessage } from './probe/messages.ts';
import type { Progress } from './progress.ts';
import type { ApplicationReport } from './report.ts';
import { type AppRun, runApp } from './run-app.ts';

type Start = Extract<ProbeMessage, { readonly type: 'start' }>;

/** Runs the application and reports what it did. `variables` are those that configured its access log. */
export async function examineApp(
  command: readonly string[],
  timeoutMs: number,
  options: readonly ExplainedOption[],
  progress: Progress,
): Promise<{ readonly report: ApplicationReport; readonly variables: Readonly<Record<string, string>> }> {
  const run = await runApp(command, process.env, timeoutMs, progress);
  const start = startOf(run.messages);
  const report: ApplicationReport = {
    command,
    process: start === undefined ? null : { pid: start.pid, node: start.node, main: start.main },
    listening: run.listening ?? null,
    request: run.request ?? null,
    state: stateOf(run.messages) ?? null,
    mode: modeOf(run.records),
    record: run.record ?? null,
    end: run.startError === undefined ? { ...run.end, stopped: run.isStopped } : null,
    output: run.output,
    findings: explainApp(run, timeoutMs, options),
  };
  return { report, variables: start?.variables ?? {} };
}

function modeOf(records: AppRun['records']): string | null {
  const mode = lastHeartbeat(records)?.attributes['access_log.mode'];
  return typeof mode === 'string' ? mode : null;
}

/** Of the process that listens; where none does, of the last one that started: a package manager comes before it. */
function startOf(messages: readonly ProbeMessage[]): Start | undefined {
  const listening = messages.find((message) => message.type === 'listening');
  const starts = messages.filter((message) => message.type === 'start');
  return starts.find(({ pid }) => pid === listening?.pid) ?? starts.at(-1);
}
