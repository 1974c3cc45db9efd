// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of the file
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type GivenOptions,
  resolveOptions,
  resolveOptionsWithSources,
} from '../../../src/options/options.ts';
import { DEFAULTS } from '../support/defaults.ts';
import { problemsOf } from '../support/problems-of.ts';

const PATH = '/etc/shop/otel.yaml';

/** Options below `otel_access_log`, beside those of another library. */
function resolve(lines: readonly string[], env: NodeJS.ProcessEnv = {}, input: GivenOptions = {}) {
  const head = ['file_format: "1.0"', 'instrumentation/development:', '  js:', '    http: { enabled: true }'];
  const text = [...head, '    otel_access_log:', ...lines.map((line) => `      ${line}`)].join('\n');
  return { input, env: { OTEL_CONFIG_FILE: PATH, ...env }, readFile: () => Buffer.from(text) };
}

const options = ({ input, env, readFile }: ReturnType<typeof resolve>) =>
  resolveOptions(input, env, readFile);

describe('options in declarative configuration', () => {
  test('with their types, and lists also as one text', () => {
    const lines = [
      'rate: 5',
      'slow_ms: ${SLOW:-200}',
      'level: warn',
      'trusted_proxies: 1',
      'ignore: [/health, "GET /metrics"]',
      'noise: ${NOISE}',
      'tls_errors: true',
      'burst: ${UNSET}',
    ];
    assert.deepEqual(options(resolve(lines, { NOISE: '/a,/b' })), {
      ...DEFAULTS,
      rate: 5,
      slowMs: 200,
      level: 'warn',
      trustedProxies: 1,
      ignore: ['/health', 'GET /metrics'],
      noise: ['/a', '/b'],
      tlsErrors: true,
    });
  });

  test('nothing below the name', () => assert.deepEqual(options(resolve([])), DEFAULTS));

  test('code and environment come before them, and so does the file of ACCESS_LOG_CONFIG', () => {
    const lines = ['rate: 1', 'burst: 1', 'error_rate: 1', 'error_burst: 1'];
    const given = resolve(lines, { ACCESS_LOG_BURST: '2', ACCESS_LOG_CONFIG: '/etc/own.yaml' }, { rate: 3 });
    const readFile = (path: string) => (path === PATH ? given.readFile() : Buffer.from('errorRate: 4'));
    const { options: resolved, sources } = resolveOptionsWithSources(given.input, given.env, readFile);
    assert.deepEqual([resolved.rate, resolved.burst, resolved.errorRate, resolved.errorBurst], [3, 2, 4, 1]);
    assert.deepEqual(
      [sources.rate, sources.burst, sources.errorRate, sources.errorBurst],
      [
        { kind: 'code' },
        { kind: 'environment', variable: 'ACCESS_LOG_BURST' },
        { kind: 'file', path: '/etc/own.yaml', line: 1 },
        { kind: 'OTEL_CONFIG_FILE', path: PATH, line: 9 },
      ],
    );
  });

  test('mistakes are told with their lines', () => {
    const lines = ['rate: fast', 'slowms: 5', 'ignore:', '  - /a', '  - b', 'stdout: { a: b }'];
    assert.deepEqual(
      problemsOf(() => options(resolve(lines))),
      [
        'otel.yaml:6: rate: expected a number ≥ 0, got "fast" (from the file)',
        'otel.yaml:10: ignore: expected a list of "[METHOD ]glob", the glob beginning with / or *, got "b" (from the file)',
        'otel.yaml:11: stdout: expected one of auto, off, line, json, combined, got an object (from the file)',
        'otel.yaml:7: slowms: no such option, did you mean slow_ms? (from the file)',
      ],
    );
  });
});
