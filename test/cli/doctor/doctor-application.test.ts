import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { explainApp } from '../../../src/cli/doctor/explain/explain-app.ts';
import { explainSpans, sdkLine } from '../../../src/cli/doctor/explain/explain-spans.ts';
import type { ProbeMessage, ProcessState } from '../../../src/cli/doctor/probe/messages.ts';
import { renderReport } from '../../../src/cli/doctor/render-report.ts';
import type { Report } from '../../../src/cli/doctor/report.ts';
import type { AppRun } from '../../../src/cli/doctor/run-app.ts';
import type { ReceivedRecord } from '../../../src/cli/receiver/otlp-receiver.ts';

const provider = { className: 'TracerProvider', version: '2.12.0', hasRegister: false };
const healthy: ProcessState = {
  modules: 'esm',
  isHttpInstrumented: true,
  provider,
  agent: null,
  apiVersion: '1.9.1',
  loaderHooks: [],
};
const HOOK = '@opentelemetry/instrumentation/hook.mjs';

describe('the line of an SDK', () => {
  const rows: readonly (readonly [
    version: string | null,
    hasRegister: boolean,
    api: string | null,
    line: unknown,
  ])[] = [
    ['2.12.0', false, '1.9.1', '2.x'],
    ['3.1.0', false, '1.10.0', '3.x'],
    ['1.30.1', true, '1.9.0', '1.x'],
    [null, true, '1.10.0', '2.x'],
    [null, false, '1.10.0', '3.x'],
    [null, false, '1.9.1', '2.x'],
    [null, false, null, undefined],
  ];
  for (const [version, hasRegister, apiVersion, line] of rows) {
    test(`${version} ${hasRegister} ${apiVersion}: ${line}`, () => {
      assert.equal(sdkLine({ provider: { ...provider, version, hasRegister }, apiVersion }), line);
    });
  }
  test('no SDK, no line', () => assert.equal(sdkLine({ provider: null, apiVersion: '1.9.1' }), undefined));
});

describe('missing spans', () => {
  const unseen = { ...healthy, isHttpInstrumented: false };
  const rows: readonly (readonly [
    name: string,
    ProcessState,
    args: readonly string[],
    reasons: readonly string[],
  ])[] = [
    ['all is well', healthy, [], []],
    ['ES module, no hook', unseen, [], ['esm_without_hook']],
    ['ES module, hook by register', { ...unseen, loaderHooks: [HOOK] }, [], ['http_not_instrumented']],
    [
      'ES module, hook by --experimental-loader=',
      unseen,
      [`--experimental-loader=${HOOK}`],
      ['http_not_instrumented'],
    ],
    ['ES module, hook by --loader', unseen, ['--loader', HOOK], ['http_not_instrumented']],
    ['ES module, another hook', { ...unseen, loaderHooks: ['tsx'] }, [], ['esm_without_hook']],
    ['CommonJS', { ...unseen, modules: 'commonjs' }, [], ['http_not_instrumented']],
    ['no SDK', { ...unseen, provider: null }, [], ['no_sdk']],
  ];
  for (const [name, state, args, reasons] of rows) {
    test(name, () => {
      assert.deepEqual(
        explainSpans(state, args, 'auto', false).map(({ reason }) => reason),
        reasons,
      );
    });
  }

  test('--import of the hook alone registers nothing, and that is said', () => {
    const [finding] = explainSpans(unseen, ['--import', HOOK], 'auto', false);
    assert.equal(finding?.reason, 'esm_without_hook');
    assert.equal(finding?.advice[0], `--import ${HOOK} alone registers nothing.`);
  });
});

test('a span inside the handlers is one, whatever instruments http', () => {
  assert.deepEqual(explainSpans({ ...healthy, isHttpInstrumented: false }, [], 'auto', true), []);
});

describe('an agent without a tracer provider', () => {
  const state = { ...healthy, provider: null, isHttpInstrumented: false };
  const rows: readonly (readonly [name: string | null, hasSpan: boolean, tracing: string, what: string])[] = [
    [
      'dd-trace',
      true,
      'auto',
      'No OpenTelemetry SDK is registered, but dd-trace is in the process: the records have the ids of its spans.',
    ],
    [
      'newrelic',
      false,
      'auto',
      'No OpenTelemetry SDK is registered, but newrelic is in the process: the records have no ids but the trace of the incoming traceparent.',
    ],
    [
      null,
      false,
      'auto',
      'No OpenTelemetry SDK is registered, but something else wraps the servers of http: the records have no ids but the trace of the incoming traceparent.',
    ],
    [
      'dd-trace',
      true,
      'context',
      'No OpenTelemetry SDK is registered: the ids are of the access log, and active in the handlers.',
    ],
  ];
  for (const [name, hasSpan, tracing, what] of rows) {
    test(`${name}, ${tracing}, ${hasSpan ? 'with' : 'without'} a span`, () => {
      const [finding, ...others] = explainSpans({ ...state, agent: { name } }, [], tracing, hasSpan);
      assert.deepEqual([finding?.what, others], [what, []]);
    });
  }

  test('HttpInstrumentation without its SDK is one too', () => {
    const [finding] = explainSpans(
      { ...state, isHttpInstrumented: true, agent: { name: null } },
      [],
      'auto',
      false,
    );
    assert.equal(finding?.reason, 'agent_without_sdk');
    assert.match(finding?.advice[0] ?? '', /^HttpInstrumentation is there all the same/);
  });
});

const start: ProbeMessage = {
  type: 'start',
  pid: 7,
  node: '20.20.2',
  main: '/app.js',
  execArgv: [],
  variables: {},
  observer: null,
};
const record: ReceivedRecord = {
  timeUnixNano: 1_795_442_400_000_000_000n,
  observedTimeUnixNano: 1_795_442_400_000_000_000n,
  severityNumber: 9,
  severityText: 'INFO',
  body: 'GET / 200',
  eventName: 'access_log.request',
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  flags: 1,
  attributes: { 'http.route': '/' },
  resource: { 'service.name': 'shop' },
  scope: { name: 'otel-access-log', version: '0.1.0' },
};
const run: AppRun = {
  messages: [start, { type: 'request', pid: 7, state: healthy }],
  records: [record],
  record,
  listening: 'http://127.0.0.1:8080',
  request: { status: 200, error: null },
  startError: undefined,
  end: { code: null, signal: 'SIGTERM' },
  isStopped: true,
  output: '',
  notices: [],
};
const heartbeat: ReceivedRecord = {
  ...record,
  attributes: { 'access_log.event': 'heartbeat', 'access_log.total.ignored': 1 },
};

const ofShadow: ReceivedRecord = {
  ...heartbeat,
  attributes: { ...heartbeat.attributes, 'access_log.mode': 'shadow' },
};

describe('what an application did', () => {
  const silent = {
    listening: undefined,
    request: undefined,
    record: undefined,
    records: [],
    messages: [start],
  };
  const rows: readonly (readonly [name: string, Partial<AppRun>, reasons: readonly string[]])[] = [
    ['all is well', {}, []],
    ['no such command', { ...silent, messages: [], startError: 'ENOENT', isStopped: false }, ['not_started']],
    ['it ended', { ...silent, isStopped: false, end: { code: 1, signal: null } }, ['ended']],
    ['not Node', { ...silent, messages: [], isStopped: false, end: { code: 0, signal: null } }, ['no_node']],
    ['not Node, and stays', { ...silent, messages: [] }, ['no_node']],
    ['it does not listen', silent, ['not_listening']],
    [
      'it does not answer',
      { ...silent, ...run, record: undefined, records: [], request: { status: null, error: 'late' } },
      ['no_answer'],
    ],
    ['ignored', { record: undefined, records: [heartbeat] }, ['ignored']],
    ['in the shadow', { record: undefined, records: [ofShadow] }, ['shadow']],
    ['no record', { record: undefined, records: [] }, ['no_record']],
    [
      'no name',
      { record: { ...record, resource: { 'service.name': 'unknown_service:node' } } },
      ['no_service_name'],
    ],
    ['observed before', { messages: [{ ...start, observer: 'other 0.1.0' }] }, ['observed_before']],
    [
      'observed twice, told once',
      { messages: [start, { type: 'claim', pid: 7, file: '/a' }, { type: 'claim', pid: 7, file: '/a' }] },
      ['observed_twice'],
    ],
  ];
  for (const [name, changes, reasons] of rows) {
    test(name, () => {
      const findings = explainApp({ ...run, ...changes }, 15_000, []);
      assert.deepEqual(
        findings.map(({ reason }) => reason),
        reasons,
      );
    });
  }

  test('ignored: the options that do it', () => {
    const options = [
      { name: 'ignore', variable: 'ACCESS_LOG_IGNORE', value: ['/**'], source: 'environment' },
      { name: 'level', variable: 'ACCESS_LOG_LEVEL', value: 'info', source: 'default' },
      { name: 'rollout', variable: 'ACCESS_LOG_ROLLOUT', value: 5, source: 'environment' },
    ] as const;
    const [finding] = explainApp({ ...run, record: undefined, records: [heartbeat] }, 15_000, options);
    assert.deepEqual(finding?.advice, ['Look at ACCESS_LOG_IGNORE=/**, ACCESS_LOG_ROLLOUT=5.']);
  });
});

describe('the report for a person', () => {
  const report: Report = {
    version: '0.1.0',
    node: '20.20.2',
    arrived: true,
    lines: null,
    options: [
      { name: 'rate', variable: 'ACCESS_LOG_RATE', value: 5, source: 'environment' },
      { name: 'ignore', variable: 'ACCESS_LOG_IGNORE', value: [], source: 'default' },
      { name: 'later', variable: 'ACCESS_LOG_LATER', value: undefined, source: 'environment' },
    ],
    environment: [{ variable: 'OTEL_LOG_LEVEL', value: 'info', source: 'default' }],
    problems: ['bad \x1b[31m'],
    warnings: ['odd'],
    masking: {
      file: '/etc/rules.yaml',
      hash: '0123abcd',
      keyId: '3fac',
      detectors: ['jwt', 'card'],
      numbers: { query: 2, cookies: 0, headers: 0, paths: 1, patterns: 0, allow: 0 },
      sample: [
        { attribute: 'url.query', before: 'code=1', after: 'code=REDACTED' },
        { attribute: 'http.request.header.x\x07', before: ['\x1b[31m'], after: null },
      ],
    },
    application: {
      command: ['node', 'app.js'],
      process: { pid: 7, node: '20.20.2', main: '/app.js' },
      listening: 'http://127.0.0.1:8080',
      request: { status: 200, error: null },
      state: healthy,
      mode: 'normal',
      record,
      end: { code: null, signal: 'SIGTERM', stopped: true },
      output: 'hello\n',
      findings: [{ level: 'note', reason: 'x', what: 'By the way.', advice: ['Do this.'] }],
    },
    delivery: {
      protocol: 'grpc',
      endpoint: 'http://localhost:4317',
      record: 'exchange',
      arrived: true,
      steps: [{ name: 'send', ok: true, told: 'the record was taken, after 9 ms' }],
      findings: [],
    },
  };

  const HEAD = `otel-access-log 0.1.0 on Node 20.20.2

The record of the application arrived.

problems
  ✗ bad \\x1b[31m

warnings
  ! odd

delivery: grpc to http://localhost:4317
  ✓ the record was taken, after 9 ms

application: node app.js
  Node               20.20.2
  HTTP/2             On Node 20, HTTP/2 is seen through the events of servers that listen themselves; a push before the first observed stream, and a server that is handed its connections by another one, are not seen.
  main module        ES module
  SDK                2.x line, 2.12.0, TracerProvider
  http instrumented  yes
  loader hooks       none
  listens on         http://127.0.0.1:8080
  GET /              answered 200
  mode               normal
  · By the way.
      Do this.

its record
  record
    event name    "access_log.request"
    time          2026-11-23T14:00:00.000000000Z
    observed      2026-11-23T14:00:00.000000000Z
    severity      9 INFO
    body          "GET / 200"
    trace id      4bf92f3577b34da6a3ce929d0e0e4736
    span id       00f067aa0ba902b7
    flags         01
  attributes
    http.route    "/"
  resource
    service.name  "shop"
  scope
    name          "otel-access-log"
    version       "0.1.0"

`;

  test('whole, with --verbose', () => {
    assert.equal(
      renderReport(report, { verbose: true }),
      `${HEAD}what is recorded
  ACCESS_LOG_IGNORE  empty             default

how much
  ACCESS_LOG_RATE    5                 environment

more
  ACCESS_LOG_LATER   (cannot be used)  environment

environment
  OTEL_LOG_LEVEL     info              default

masking
  rules file         /etc/rules.yaml (0123abcd)
  rules              query 2, paths 1
  detectors          jwt, card
  key of hashes      with the id 3fac

a made-up exchange before and after masking, its authorization, cookie and referer captured
  url.query
    "code=1"
    → "code=REDACTED"
  http.request.header.x\\x07
    ["\\u001b[31m"]
    → left out

\`npx otel-access-log tail\` shows records as they arrive.
`,
    );
  });

  test('what was found, and of the options those that are set', () => {
    assert.equal(
      renderReport(report),
      `${HEAD}how much
  ACCESS_LOG_RATE   5                 environment

more
  ACCESS_LOG_LATER  (cannot be used)  environment

Options that are not shown have their defaults: --verbose shows all.
\`npx otel-access-log tail\` shows records as they arrive.
`,
    );
  });

  test('masking where one of its options is set', () => {
    const rules = {
      name: 'rules',
      variable: 'ACCESS_LOG_RULES',
      value: '/etc/rules.yaml',
      source: 'environment',
    } as const;
    assert.match(
      renderReport({ ...report, options: [rules] }),
      /\nmasking\n {2}rules file {9}\/etc\/rules\.yaml/,
    );
  });

  test('lines of standard output alone', () => {
    const text = renderReport({ ...report, lines: 'json', delivery: null, application: null, problems: [] });
    assert.match(
      text,
      /\n\nRecords are lines of standard output \(json\); nothing is sent, as configured\.\n/,
    );
    assert.doesNotMatch(text, /shows records as they arrive/);
  });

  test('an application that failed: the last that it wrote, and no more of it than fits', () => {
    const { application } = report;
    assert.ok(application);
    const output = `${Array.from({ length: 40 }, (_, index) => `line ${index}\t\x07`).join('\n')}\n`;
    const text = renderReport({
      ...report,
      arrived: false,
      problems: [],
      application: { ...application, record: null, output, end: { code: 3, signal: null, stopped: false } },
    });
    assert.match(text, /ended {14}with exit code 3\n {2}the last that it wrote:\n {2}\| line 25 {2}\\x07\n/);
    assert.match(text, /^otel-access-log .*\n\nNo record came of the application; a test record arrived\.\n/);
  });
});
