// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of the file
// What the SDK's own parser takes, ours takes, and with the same values: a process has both.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { OptionsError, resolveOtelEnvironment } from '../../../src/options/options.ts';

/** Of the data model, as far as it is compared. */
interface Exporter {
  readonly endpoint?: string | null;
  readonly timeout?: number | null;
  readonly compression?: string | null;
  readonly encoding?: string | null;
  readonly headers?: readonly { readonly name: string; readonly value: string | null }[];
  readonly headers_list?: string | null;
}
interface Model {
  readonly logger_provider: {
    readonly processors: readonly [
      { readonly simple: { readonly exporter: Record<string, Exporter | null> } },
    ];
  };
}
interface Configuration {
  createConfigFactory(): { getConfigModel(): Model };
  mergeHeadersConfig(
    headers: Exporter['headers'],
    list: Exporter['headers_list'],
  ): Record<string, string> | undefined;
}

const require = createRequire(import.meta.url);
const { createConfigFactory, mergeHeadersConfig }: Configuration = createRequire(
  require.resolve('@opentelemetry/sdk-node'),
)('@opentelemetry/configuration');

const directory = mkdtempSync(join(tmpdir(), 'otel-config-'));
const file = join(directory, 'otel.yaml');
after(() => rmSync(directory, { recursive: true }));

Object.assign(process.env, {
  OTEL_CONFIG_FILE: file,
  AGREED_ENDPOINT: 'http://collector:4318/v1/logs',
  AGREED_TIMEOUT: '250',
  AGREED_KEY: '12345',
});

/** What both know; `undefined` where it is refused. */
type Reading = Readonly<Record<string, unknown>> | undefined;

function bySdk(): Reading {
  let model: Model;
  try {
    model = createConfigFactory().getConfigModel();
  } catch {
    return undefined;
  }
  const [kind = '', exporter] = Object.entries(model.logger_provider.processors[0].simple.exporter)[0] ?? [];
  const headers = mergeHeadersConfig(exporter?.headers, exporter?.headers_list) ?? {};
  const isHttp = kind === 'otlp_http';
  const url = exporter?.endpoint ?? (isHttp ? 'http://localhost:4318/v1/logs' : 'http://localhost:4317');
  return {
    protocol: isHttp ? `http/${exporter?.encoding ?? 'protobuf'}` : 'grpc',
    // gRPC has no path.
    url: isHttp ? new URL(url).href : new URL(url).origin,
    timeoutMs: exporter?.timeout ?? 10_000,
    compression: exporter?.compression ?? 'none',
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  };
}

function byUs(): Reading {
  try {
    const { protocol, url, timeoutMs, compression, headers } = resolveOtelEnvironment().otlp;
    return { protocol, url, timeoutMs, compression, headers };
  } catch (error) {
    assert.ok(error instanceof OptionsError, String(error));
    return undefined;
  }
}

/** Values that an SDK takes, and others. */
const VALUES: Readonly<Record<string, readonly [good: readonly string[], bad: readonly string[]]>> = {
  endpoint: [
    ['http://collector:4317', '"${AGREED_ENDPOINT}"', '${UNSET}'],
    ['5', '[http://c:1]'],
  ],
  timeout: [
    ['5', '${AGREED_TIMEOUT}', 'null', '1e3', '0x10'],
    ['"${AGREED_TIMEOUT}"', '-1', '1.5'],
  ],
  compression: [['gzip', 'none', 'null', '${UNSET:-gzip}'], ['5']],
  headers: [
    ['[{ name: a, value: b }]', '[{ name: B, value: "${AGREED_KEY}" }, { name: c, value: null }]'],
    [
      // Not in braces: YAML ends a plain text at `{` there, and only the SDK takes such a broken file.
      `\n${' '.repeat(14)}- name: a\n${' '.repeat(16)}value: \${AGREED_KEY}`,
      '[{ name: a }]',
      '[{ value: a }]',
      '[{ name: a, value: b, more: c }]',
      '{ a: b }',
      'a',
    ],
  ],
  headers_list: [['a=b', 'a=1%2C,b=${AGREED_KEY}', 'null'], ['5']],
  encoding: [['protobuf', 'json'], ['xml']],
  tls: [
    ['{}', 'null', '{ ca_file: null }'],
    ['{ insecure: false }', '5', '{ ca: /x }'],
  ],
  unknown: [[], ['1']],
};

const setting = ([good, bad]: readonly [readonly string[], readonly string[]]) =>
  fc.oneof(
    {
      weight: 12,
      arbitrary: good.length === 0 ? fc.constant(undefined) : fc.constantFrom(undefined, ...good),
    },
    { weight: 1, arbitrary: fc.constantFrom(...bad) },
  );

const settings = fc.record(
  Object.fromEntries(Object.entries(VALUES).map(([key, values]) => [key, setting(values)])),
);

describe('the SDK and the access log', () => {
  test('take the same files, and find the same in them', () => {
    let taken = 0;
    fc.assert(
      fc.property(
        fc.oneof(
          { weight: 9, arbitrary: fc.constantFrom('"1.0"', '"1.1"', '"1.0-rc.2"', '"1"') },
          { weight: 1, arbitrary: fc.constantFrom('1.0', '"2.0"', '"0.4"', 'null') },
        ),
        fc.constantFrom('otlp_http', 'otlp_grpc'),
        settings,
        (version, kind, given) => {
          const set = Object.entries(given).filter(([, value]) => value !== undefined);
          const lines = set.map(([key, value]) => `            ${key}: ${value}`);
          const text = [
            'file_format: '.concat(version),
            'logger_provider:',
            '  processors:',
            '    - simple:',
          ];
          writeFileSync(file, [...text, '        exporter:', `          ${kind}:`, ...lines, ''].join('\n'));
          const expected = bySdk();
          if (expected !== undefined) taken++;
          assert.deepEqual(byUs(), expected);
        },
      ),
      { numRuns: 200 },
    );
    assert.ok(taken > 20, String(taken));
  });
});
