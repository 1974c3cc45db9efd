import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parseDoctorArguments } from '../../../src/cli/doctor/arguments.ts';
import { explainOptions, explainOtelEnvironment, resolveOtlpTarget } from '../../../src/options/explain.ts';
import { optionNames } from '../../../src/options/schema.ts';

describe('the arguments', () => {
  const rows: readonly (readonly [args: string, expected: unknown])[] = [
    ['', { json: false, verbose: false, timeoutMs: 15_000, command: [] }],
    ['--json --timeout 2.5', { json: true, verbose: false, timeoutMs: 2500, command: [] }],
    [
      '--timeout=3s -- node --json app.js',
      { json: false, verbose: false, timeoutMs: 3000, command: ['node', '--json', 'app.js'] },
    ],
    [
      '-- node app.js -- x',
      { json: false, verbose: false, timeoutMs: 15_000, command: ['node', 'app.js', '--', 'x'] },
    ],
    ['--verbose', { json: false, verbose: true, timeoutMs: 15_000, command: [] }],
    ['-v', { json: false, verbose: true, timeoutMs: 15_000, command: [] }],
    ['--help', 'help'],
    ['-h', 'help'],
    ['--', { problem: 'expected a command after --' }],
    ['--timeout 0', { problem: '--timeout: expected seconds > 0, got "0"' }],
    ['--timeout soon', { problem: '--timeout: expected seconds > 0, got "soon"' }],
    ['--timeout 9999999', { problem: '--timeout: expected seconds > 0, got "9999999"' }],
    ['--jsn', { problem: "Unknown option '--jsn'" }],
    ['node app.js', { problem: "Unexpected argument 'node'" }],
  ];
  for (const [args, expected] of rows) {
    test(args || '(none)', () =>
      assert.deepEqual(parseDoctorArguments(args.split(' ').filter((arg) => arg !== '')), expected),
    );
  }
});

describe('where options come from', () => {
  const find = (env: NodeJS.ProcessEnv, name: string) => {
    const { values, problems } = explainOptions(env);
    return { option: values.find((option) => option.name === name), problems };
  };

  test('all of them, in the order of the README', () => {
    const { values, problems } = explainOptions({});
    assert.deepEqual(
      values.map(({ name }) => name),
      optionNames,
    );
    assert.deepEqual([...new Set(values.map(({ source }) => source))], ['default']);
    assert.deepEqual(problems, []);
  });

  test('the environment, also where it says what the default says', () => {
    for (const [text, value] of [
      ['5', 5],
      ['1000', 1000],
    ] as const) {
      assert.deepEqual(find({ ACCESS_LOG_RATE: text }, 'rate'), {
        option: { name: 'rate', variable: 'ACCESS_LOG_RATE', value, source: 'environment' },
        problems: [],
      });
    }
  });

  test('the rules file, before all others', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'rules-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const ACCESS_LOG_RULES = join(folder, 'rules.yaml');
    writeFileSync(ACCESS_LOG_RULES, 'version: 1\nruntime: { rate: 5, ignore: [/health] }\n');
    const env = { ACCESS_LOG_RULES, ACCESS_LOG_RATE: '7', ACCESS_LOG_BURST: '9' };
    const shown = (name: string) => {
      const { option } = find(env, name);
      return [option?.value, option?.source];
    };
    assert.deepEqual(shown('rate'), [5, 'rules file']);
    assert.deepEqual(shown('ignore'), [['/health'], 'rules file']);
    assert.deepEqual(shown('burst'), [9, 'environment']);
    assert.deepEqual(explainOptions(env).problems, []);
    writeFileSync(ACCESS_LOG_RULES, 'version: 1\nruntime: { rate: many }\n');
    assert.deepEqual(shown('rate'), [7, 'environment']);
    assert.deepEqual(explainOptions(env).problems, [
      'rules.yaml:2: runtime.rate: expected a number ≥ 0, got "many" (from the file)',
    ]);
  });

  test('of several, those that can be used have their values all the same', () => {
    const env = { ACCESS_LOG_RATE: '-1', ACCESS_LOG_BURST: '7' };
    const problems = ['ACCESS_LOG_RATE: expected a number ≥ 0, got "-1" (from the environment)'];
    assert.deepEqual(find(env, 'rate'), {
      option: { name: 'rate', variable: 'ACCESS_LOG_RATE', value: undefined, source: 'environment' },
      problems,
    });
    assert.deepEqual(find(env, 'burst'), {
      option: { name: 'burst', variable: 'ACCESS_LOG_BURST', value: 7, source: 'environment' },
      problems,
    });
  });
});

describe('the standard variables', () => {
  test('defaults', () => {
    assert.deepEqual(
      explainOtelEnvironment({}).values.map(
        ({ variable, value, source }) => `${variable}=${value} ${source}`,
      ),
      [
        'OTEL_SDK_DISABLED=false default',
        'OTEL_LOGS_EXPORTER=otlp default',
        'OTEL_EXPORTER_OTLP_PROTOCOL=grpc default',
        'OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317 default',
        'OTEL_EXPORTER_OTLP_TIMEOUT=10000 default',
        'OTEL_EXPORTER_OTLP_COMPRESSION=none default',
        'OTEL_BLRP_SCHEDULE_DELAY=1000 default',
        'OTEL_BLRP_EXPORT_TIMEOUT=30000 default',
        'OTEL_LOG_LEVEL=info default',
      ],
    );
  });

  test('no header values, no credentials, and the name that counts', () => {
    const explained = explainOtelEnvironment({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://other:4317',
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'https://me:s3cret@loki/otlp/v1/logs?key=s3cret',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20s3cret, x-scope-orgid = s3cret',
      OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'x-key=s3cret',
    });
    assert.doesNotMatch(JSON.stringify(explained), /s3cret/);
    assert.deepEqual(
      explained.values
        .filter(({ variable }) => /ENDPOINT|HEADERS|PROTOCOL/.test(variable))
        .map(({ variable, value, source }) => `${variable}=${value} ${source}`),
      [
        'OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf default',
        'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT=https://loki/otlp/v1/logs environment',
        'OTEL_EXPORTER_OTLP_LOGS_HEADERS=x-key (values not shown) environment',
        'OTEL_EXPORTER_OTLP_HEADERS=authorization, x-scope-orgid (values not shown) environment',
      ],
    );
  });

  test('what cannot be used is a problem', () => {
    const { problems } = explainOtelEnvironment({ OTEL_EXPORTER_OTLP_HEADERS: 'x' });
    assert.deepEqual(problems, [
      'OTEL_EXPORTER_OTLP_HEADERS: expected name=value pairs, percent-encoded, got something else in place 1 (from the environment)',
    ]);
  });

  const proxies: readonly (readonly [env: NodeJS.ProcessEnv, proxy: string | undefined])[] = [
    [{ http_proxy: 'http://user:pw@proxy:3128' }, 'http://user:pw@proxy:3128/'],
    [
      { http_proxy: 'http://proxy:3128', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' },
      'http://proxy:3128/',
    ],
    [{ https_proxy: 'http://proxy:3128', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }, undefined],
    // The official exporters know none over HTTP.
    [
      {
        http_proxy: 'http://proxy:3128',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
        ACCESS_LOG_PIPELINE: 'sdk',
      },
      undefined,
    ],
    [{}, undefined],
  ];
  for (const [env, proxy] of proxies) {
    test(`proxy: ${JSON.stringify(env)}`, () => {
      const target = resolveOtlpTarget({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4317', ...env });
      assert.equal(target.proxy, proxy);
    });
  }
});
