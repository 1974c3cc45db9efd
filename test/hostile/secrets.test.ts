// Secrets of the configuration, in the forms in which people get it wrong, and everything that is printed of it.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { examineMasking } from '../../src/cli/doctor/examine-masking.ts';
import { renderReport } from '../../src/cli/doctor/render-report.ts';
import { explainOptions, explainOtelEnvironment, resolveOtlpTarget } from '../../src/options/explain.ts';
import { OptionsError, resolveOptions, resolveOtelEnvironment } from '../../src/options/options.ts';
import { startTestReceiver } from '../support/receiver.ts';
import { inRepo } from '../support/repo-root.ts';
import { spawnNode } from '../support/spawn-app.ts';
import { fuzz } from './support/fuzz.ts';

const LEFT = 'zq7alpha';
const RIGHT = 'zq9omega';
/** Fails with what stands around the secret, or around a part of it, in whatever case: hosts are in lower case. */
function assertNoSecret(told: string): void {
  assert.equal(/.{0,60}(?:zq7|zq9).{0,60}/i.exec(told)?.[0], undefined);
}

const BETWEEN = [
  '',
  '#',
  '?',
  '@',
  '/',
  '\\',
  ':',
  '%',
  '%23',
  ' ',
  '"',
  "'",
  '&',
  '\t',
  '\u009b',
  '\u202e',
  'ü',
];

/** Digits before what ends them make a port of the beginning of a password. */
const PASSWORDS = [
  ...BETWEEN.map((sign) => `${LEFT}${sign}${RIGHT}`),
  `12#${RIGHT}`,
  `12/${RIGHT}`,
  `12?${RIGHT}`,
];

const endpointForms: readonly ((secret: string) => string)[] = [
  (secret) => `http://me:${secret}@127.0.0.1:9`,
  (secret) => `https://me:${secret}@127.0.0.1:9/otlp`,
  (secret) => `https://me:${secret}@127.0.0.1:9/v1/logs?a=b@c`,
  (secret) => `me:${secret}@127.0.0.1:9`,
  (secret) => `me:${secret}@`,
  // Without an @ and a / a URL of host and first segment, which are told.
  (secret) => `http://me:${secret.replaceAll(/[@/\\]/g, '')}`,
  (secret) => `http://:${secret}@127.0.0.1`,
  (secret) => `http://${secret}@127.0.0.1:9`,
  (secret) => `http://127.0.0.1:9/first/${secret}`,
  (secret) => `http://127.0.0.1:9/first/${secret}/v1/logs`,
  (secret) => `http://127.0.0.1:9/?token=${secret}`,
  (secret) => `http://127.0.0.1:9/v1/logs?token=${secret}#${secret}`,
  (secret) => `http:/127.0.0.1:9/first/${secret}`,
  (secret) => `http//me:${secret}@127.0.0.1`,
  (secret) => `socks5://me:${secret}@127.0.0.1:9`,
  (secret) => `"http://me:${secret}@127.0.0.1:9"`,
  (secret) => `Bearer ${secret}`,
];

const headerForms: readonly ((secret: string) => string)[] = [
  (secret) => `authorization: Bearer ${secret}`,
  (secret) => `authorization:${secret}`,
  (secret) => `authorization=Bearer%20${secret}`,
  (secret) => `authorization=Bearer ${secret},${secret}`,
  (secret) => `ok=1,authorization ${secret}`,
  (secret) => `authorization=Bearer ${secret}%zz`,
  (secret) => `authorization=Bearer ${secret}%0a`,
  (secret) => `authorization=\u009b${secret}`,
  (secret) => `"authorization=Bearer ${secret}"`,
  (secret) => `{"authorization":"Bearer ${secret}=="}`,
  (secret) => `${secret}==`,
  (secret) => `=${secret}`,
  (secret) => `Bearer ${secret}=x`,
  (secret) => `x-${secret} y=x`,
  (secret) => `authorization: ${secret}: *${secret}`,
  (secret) => `authorization: !${secret} "\\${secret}`,
  (secret) => `%${secret}\n---\nauthorization: |${secret}`,
  (secret) => `- ${secret}\n- @${secret}`,
];

const pem = (secret: string): string =>
  `-----BEGIN PRIVATE KEY-----\nMIGH${secret}\n-----END PRIVATE KEY-----\n`;

const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
after(() => rmSync(folder, { recursive: true }));
const FILE = join(folder, 'file');

const secret = fc.constantFrom(...PASSWORDS);
const formed = (...forms: readonly ((secret: string) => string)[]): fc.Arbitrary<string> =>
  fc.tuple(fc.constantFrom(...forms), secret).map(([form, text]) => form(text));
const endpoint = formed(...endpointForms);
const headers = formed(...headerForms);
const content = formed(...headerForms, pem);
const file = fc.oneof(fc.constant(FILE), content);
const environment: fc.Arbitrary<NodeJS.ProcessEnv> = fc.record(
  {
    OTEL_EXPORTER_OTLP_PROTOCOL: fc.constantFrom('grpc', 'http/protobuf'),
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_HEADERS: headers,
    OTEL_EXPORTER_OTLP_LOGS_HEADERS: headers,
    OTEL_EXPORTER_OTLP_CERTIFICATE: file,
    OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: file,
    OTEL_EXPORTER_OTLP_CLIENT_KEY: file,
    ACCESS_LOG_OTLP_HEADERS_FILE: file,
    ACCESS_LOG_CONFIG: file,
    ACCESS_LOG_PIPELINE: fc.constantFrom('stream', 'sdk'),
    grpc_proxy: endpoint,
    https_proxy: endpoint,
  },
  { requiredKeys: [] },
);

/** Everything that can be said of an environment: by the doctor, for people and scripts, and at the start. */
function toldOf(env: NodeJS.ProcessEnv): string {
  const told: unknown[] = [];
  const options = explainOptions(env);
  const otel = explainOtelEnvironment(env);
  for (const resolve of [
    () => resolveOptions({}, env),
    () => resolveOtelEnvironment(env).warnings,
    () => resolveOtelEnvironment(env).sdkWarnings,
    () => resolveOtlpTarget(env).endpoint,
  ]) {
    try {
      told.push(resolve());
    } catch (error) {
      assert.ok(error instanceof OptionsError, String(error));
      told.push(error.message);
    }
  }
  // The options in force hold the path of the file of headers, which nobody prints.
  told[0] = typeof told[0] === 'string' ? told[0] : '';
  const { masking, problems } = examineMasking(env);
  const report = {
    masking,
    ...{ version: '1.2.3', node: '20.0.0', arrived: false, lines: null, application: null, delivery: null },
    ...{ options: options.values, environment: otel.values, warnings: otel.warnings },
    problems: [...options.problems, ...problems, ...otel.problems],
  };
  return `${JSON.stringify(told)}\n${JSON.stringify(report)}\n${renderReport(report, { verbose: true })}`;
}

test('no secret of the environment is told, whatever is wrong with it', () => {
  const seen = { wrong: 0, usable: 0 };
  fuzz(
    fc.property(environment, content, (env, text) => {
      writeFileSync(FILE, text);
      const told = toldOf(env);
      assertNoSecret(told);
      seen[told.includes('expected') ? 'wrong' : 'usable']++;
    }),
    0.04,
  );
  assert.ok(seen.wrong > 0, JSON.stringify(seen));
});

type Row = readonly [name: string, env: Readonly<Record<string, string>>];

const ROWS: readonly Row[] = [
  ['headers without =', { OTEL_EXPORTER_OTLP_HEADERS: `authorization: Bearer ${LEFT}` }],
  ['a # in the password', { OTEL_EXPORTER_OTLP_ENDPOINT: `http://me:12#${RIGHT}@127.0.0.1:9` }],
  ['a token in the path', { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:9/otlp/${LEFT}/${RIGHT}` }],
  ['the key itself', { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c', OTEL_EXPORTER_OTLP_CLIENT_KEY: pem(LEFT) }],
  ['headers for their file', { ACCESS_LOG_OTLP_HEADERS_FILE: `authorization=Bearer ${LEFT}` }],
  ['the file of headers as configuration', { ACCESS_LOG_CONFIG: FILE }],
];

describe('the processes', () => {
  const CLI = inRepo('build/src/cli.js');
  const IDLE = ['--import', 'otel-access-log/register', '--eval', 'process.stdin'];
  for (const [name, env] of ROWS) {
    test(`${name}: doctor, doctor --json and the preload say something else`, async (t) => {
      writeFileSync(FILE, `authorization=Bearer ${LEFT}\nx-key=${RIGHT}`);
      const runs = [
        [CLI, 'doctor', '--verbose', '--timeout', '5'],
        [CLI, 'doctor', '--timeout', '5', '--json'],
        IDLE,
      ];
      const outputs = await Promise.all(runs.map((args) => output(t, args, env)));
      assertNoSecret(outputs.join('\n'));
      assert.match(outputs[0] ?? '', /^ {2}OTEL_EXPORTER_OTLP_ENDPOINT /m);
      const isSent = name === 'a token in the path';
      assert.match(outputs[2] ?? '', isSent ? /^$/ : /^otel-access-log: no access log: [^\n]+\n$/);
    });
  }

  for (const ACCESS_LOG_PIPELINE of ['stream', 'sdk']) {
    test(`a receiver that says what it was sent, ${ACCESS_LOG_PIPELINE}`, async (t) => {
      const receiver = await startTestReceiver(t);
      receiver.answerWith(({ headers }) => ({ httpStatus: 401, message: `no: ${JSON.stringify(headers)}` }));
      const env = {
        ACCESS_LOG_PIPELINE,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.httpEndpoint,
        OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${LEFT}`,
      };
      const told = await output(t, [CLI, 'doctor', '--verbose'], env);
      assert.match(told, /answered 401: .* It says: .*\*\*\*/);
      assertNoSecret(told);
    });
  }
});

/** All that a process writes. */
async function output(t: TestContext, args: readonly string[], env: Row[1]): Promise<string> {
  const app = spawnNode(t, { args, env });
  await app.exited;
  return app.stdout + app.stderr;
}
