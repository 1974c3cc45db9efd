import { ROOT_CONTEXT } from '@opentelemetry/api';
import { explainOptions, explainOtelEnvironment, resolveOtlpTarget } from '../options/explain.ts';
import { HashKey } from '../record/masking/hash-key.ts';
import { safeJson } from '../render/safe-json.ts';
import { printable, wantsColours } from '../render/terminal.ts';
import { ResourceSource } from '../resource.ts';
import { VERSION } from '../version.ts';
import { HELP, parseDoctorArguments, USAGE } from './doctor/arguments.ts';
import { examineApp } from './doctor/examine-app.ts';
import { examineMasking } from './doctor/examine-masking.ts';
import { type Progress, startProgress } from './doctor/progress.ts';
import { recordAgain, testRecord } from './doctor/records.ts';
import { renderReport } from './doctor/render-report.ts';
import type { ApplicationReport, DeliveryReport, Finding, Report } from './doctor/report.ts';
import { deliver } from './doctor/sending/deliver.ts';

/**
 * `otel-access-log doctor [--verbose] [--json] [--timeout SECONDS] [-- node app.js]`: reports the configuration and whether a record
 * arrives; if not, why, and what to change.
 *
 * @returns the exit code: 0 if the record arrived (or is a line of standard output, as configured), 1 if not, 2 for bad usage
 */
export async function doctor(args: readonly string[]): Promise<number> {
  const parsed = parseDoctorArguments(args);
  if (parsed === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  if ('problem' in parsed) {
    process.stderr.write(`otel-access-log doctor: ${printable(parsed.problem)}\n${USAGE}\n`);
    return 2;
  }
  const progress = startProgress(process.stderr);
  const report = await examine(parsed.command, parsed.timeoutMs, progress).finally(() => progress.stop());
  process.stdout.write(
    parsed.json
      ? `${safeJson(report, plainJson, 2)}\n`
      : renderReport(report, { colours: wantsColours(process.stdout), verbose: parsed.verbose }),
  );
  return report.arrived ? 0 : 1;
}

function plainJson(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

async function examine(command: readonly string[], timeoutMs: number, progress: Progress): Promise<Report> {
  let configuration = explainConfiguration();
  let application: ApplicationReport | null = null;
  if (command.length > 0 && configuration.problems.length === 0) {
    const { report, variables } = await examineApp(command, timeoutMs, configuration.options, progress);
    application = report;
    // An application may have more of them (`node --env-file`), and the exporter reads the process's own.
    Object.assign(process.env, variables);
    configuration = explainConfiguration();
  }
  const { problems, lines } = configuration;
  const record = application?.record ?? null;
  // A variable that is no option is told by both.
  const isNew = ({ what }: Finding): boolean => !configuration.warnings.some((text) => what.endsWith(text));
  application &&= { ...application, findings: application.findings.filter(isNew) };
  const isSent = problems.length === 0 && lines === null;
  const delivery = isSent ? await tryDelivery(record, timeoutMs, progress) : null;
  const isWell = problems.length === 0 && (delivery?.arrived ?? true);
  const arrived = isWell && (command.length === 0 || record !== null);
  return { version: VERSION, node: process.versions.node, arrived, ...configuration, application, delivery };
}

/** What `ACCESS_LOG_STDOUT` may be beside another exporter than `otlp`, for there to be lines. */
const LINES: readonly string[] = ['line', 'json', 'combined'];

type Configuration = Pick<Report, 'options' | 'environment' | 'problems' | 'warnings' | 'masking' | 'lines'>;

function explainConfiguration(): Configuration {
  const options = explainOptions(process.env, (bytes) => HashKey.of(bytes));
  const otel = explainOtelEnvironment(process.env);
  const { masking, problems: maskingProblems } = examineMasking(process.env);
  const problems = [...new Set([...options.problems, ...maskingProblems, ...otel.problems])];
  // Nothing is wrong with these, but nothing is sent either.
  if (options.values.some(({ name, value }) => name === 'enabled' && value === false))
    problems.push('ACCESS_LOG_ENABLED is false');
  const stdout = String(options.values.find(({ name }) => name === 'stdout')?.value);
  const lines = otel.logsExporter === 'otlp' ? null : linesOf(otel.logsExporter, stdout);
  problems.push(...otel.reasons, ...(lines === null ? otel.unsent : []));
  const warnings = [...options.warnings, ...otel.warnings];
  return { options: options.values, environment: otel.values, problems, warnings, masking, lines };
}

/** What standard output has where nothing is sent; `null` where it has nothing either. */
function linesOf(exporter: string, stdout: string): string | null {
  if (exporter === 'console') return 'console';
  return LINES.includes(stdout) ? stdout : null;
}

function tryDelivery(
  record: ApplicationReport['record'],
  timeoutMs: number,
  progress: Progress,
): Promise<DeliveryReport> {
  const target = resolveOtlpTarget(process.env);
  if (record !== null) return deliver(target, 'exchange', recordAgain(record), timeoutMs, progress);
  const resource = new ResourceSource().resourceFor({ context: ROOT_CONTEXT });
  return deliver(target, 'test', testRecord(resource, Date.now()), timeoutMs, progress);
}
