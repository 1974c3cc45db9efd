import type { ExplainedOption } from '../../../options/explain.ts';
import type { ReceivedRecord } from '../../receiver/otlp-receiver.ts';
import type { ProbeMessage, ProcessState } from '../probe/messages.ts';
import type { Finding } from '../report.ts';
import type { AppRun } from '../run-app.ts';
import { explainSpans } from './explain-spans.ts';

/** Explains what is wrong or remarkable in a run. Pure. */
export function explainApp(
  run: AppRun,
  timeoutMs: number,
  options: readonly ExplainedOption[],
): readonly Finding[] {
  const start = run.messages.find((message) => message.type === 'start');
  const state = stateOf(run.messages);
  return [
    ...failuresOf(run, start !== undefined, timeoutMs, options),
    ...observersOf(run.messages),
    ...noticesOf(run.notices),
    ...serviceNameOf(run.record),
    ...(state === undefined
      ? []
      : explainSpans(state, execArgvOf(run.messages), tracingOf(options), run.record?.spanId !== undefined)),
  ];
}

export function stateOf(messages: readonly ProbeMessage[]): ProcessState | undefined {
  return messages.find((message) => message.type === 'request')?.state;
}

function tracingOf(options: readonly ExplainedOption[]): string {
  return String(options.find(({ name }) => name === 'tracing')?.value ?? 'auto');
}

function execArgvOf(messages: readonly ProbeMessage[]): readonly string[] {
  return messages.flatMap((message) => (message.type === 'start' ? message.execArgv : []));
}

function failuresOf(
  run: AppRun,
  hasReported: boolean,
  timeoutMs: number,
  options: readonly ExplainedOption[],
): readonly Finding[] {
  const error = (reason: string, what: string, ...advice: string[]): Finding[] => [
    { level: 'error', reason, what, advice },
  ];
  const { startError, end, isStopped, listening, request, record } = run;
  if (startError !== undefined) {
    return error('not_started', `The command could not be started: ${startError}`);
  }
  if (listening === undefined) {
    const how = end.signal === null ? `with exit code ${end.code}` : `by ${end.signal}`;
    if (!isStopped && (end.code !== 0 || hasReported)) {
      return error(
        'ended',
        `The application ended before it listened, ${how}.`,
        'The last that it wrote is shown above.',
      );
    }
    if (!hasReported) {
      return error(
        'no_node',
        'No Node process reported: the command is not a Node application, or drops NODE_OPTIONS.',
        'Give the command that starts node itself, as in: otel-access-log doctor -- node app.js',
      );
    }
    return error(
      'not_listening',
      `The application did not listen on a port for HTTP within ${timeoutMs / 1000} s.`,
      'Where it only is slow to start, --timeout gives it more time; a server of http2 alone is recorded, but not examined here.',
    );
  }
  if (record !== undefined) return [];
  if (request?.error !== undefined && request.error !== null && run.records.length === 0) {
    return error('no_answer', `The application did not answer GET /: ${request.error}.`);
  }
  return [missing(run.records, options)];
}

export function lastHeartbeat(records: readonly ReceivedRecord[]): ReceivedRecord | undefined {
  return records.findLast(({ attributes }) => attributes['access_log.event'] === 'heartbeat');
}

/** Why there was an exchange and no record of it, from the totals of the last heartbeat. */
function missing(records: readonly ReceivedRecord[], options: readonly ExplainedOption[]): Finding {
  const totals = lastHeartbeat(records);
  const ignored = Number(totals?.attributes['access_log.total.ignored'] ?? 0);
  if (totals?.attributes['access_log.mode'] === 'shadow') {
    return {
      level: 'error',
      reason: 'shadow',
      what: 'ACCESS_LOG_ROLLOUT=shadow sends heartbeats alone: the request was served, counted and ignored.',
      advice: ['Give it a percentage, or 100, for records. ACCESS_LOG_CANARY lets one through.'],
    };
  }
  if (ignored > 0) {
    const given = options
      .filter(
        ({ name, source }) => ['level', 'ignore', 'noise', 'rollout'].includes(name) && source !== 'default',
      )
      .map(({ variable, value }) => `${variable}=${String(value)}`);
    return {
      level: 'error',
      reason: 'ignored',
      what: 'The options leave the request out: it was served, counted and ignored.',
      advice: [
        `Look at ${given.join(', ') || 'ACCESS_LOG_LEVEL, ACCESS_LOG_IGNORE, ACCESS_LOG_NOISE and ACCESS_LOG_ROLLOUT'}.`,
      ],
    };
  }
  return {
    level: 'error',
    reason: 'no_record',
    what: 'The application answered, and no record came of it.',
    advice: [
      'What the access log says on standard error is shown above; where another copy of the package observes,',
      'the records go where that one sends them.',
    ],
  };
}

function observersOf(messages: readonly ProbeMessage[]): readonly Finding[] {
  const findings = messages.flatMap((message): Finding[] => {
    if (message.type === 'start' && message.observer !== null) {
      return [another('observed_before', `${message.observer} observes the application already.`)];
    }
    if (message.type === 'claim') {
      return [
        another('observed_twice', `Another copy wants to observe too, and does nothing: ${message.file}.`),
      ];
    }
    return [];
  });
  // Once is enough for each reason.
  return findings.filter(
    ({ reason }, index) => findings.findIndex((other) => other.reason === reason) === index,
  );
}

/** What the access log says itself, such as that it cannot load the hooks. Two copies are found in another way. */
function noticesOf(notices: readonly string[]): readonly Finding[] {
  return notices
    .filter((text) => !/ observes? this process already/.test(text))
    .map((text) => ({ level: 'warning', reason: 'notice', what: `It says: ${text}`, advice: [] }));
}

/** Without a name all services are one stream in Loki. */
function serviceNameOf(record: ReceivedRecord | undefined): readonly Finding[] {
  const name = record?.resource['service.name'];
  if (typeof name !== 'string' || !name.startsWith('unknown_service')) return [];
  return [
    {
      level: 'warning',
      reason: 'no_service_name',
      what: `The service has no name: its records are those of ${name}.`,
      advice: ['Set OTEL_SERVICE_NAME=NAME, or service.name in the resource of the SDK.'],
    },
  ];
}

function another(reason: string, what: string): Finding {
  return {
    level: 'warning',
    reason,
    what,
    advice: ['Use one of them: the preload, or HttpAccessLogInstrumentation in the code of the application.'],
  };
}
