// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of the file
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { resolveOtelEnvironment } from '../../../src/options/options.ts';
import { readResourceEnvironment } from '../../../src/options/resource-environment.ts';
import { inRepo } from '../../support/repo-root.ts';
import { OTEL_DEFAULTS } from '../support/defaults.ts';
import { problemsOf } from '../support/problems-of.ts';

const PATH = '/etc/shop/otel.yaml';
const FILES = inRepo('test/options/declarative/fixtures');

function resolve(text: string, env: NodeJS.ProcessEnv = {}) {
  return resolveOtelEnvironment({ OTEL_CONFIG_FILE: PATH, ...env }, reading(text));
}

function reading(text: string) {
  return (path: string) => {
    if (path !== PATH) throw Object.assign(new Error(path), { code: 'ENOENT' });
    return Buffer.from(text);
  };
}

function example(name: string): string {
  return readFileSync(`${FILES}/${name}.yaml`, 'utf8');
}

/** A file with an exporter of these lines. */
function exporter(kind: string, ...lines: readonly string[]): string {
  const text = ['file_format: "1.0"', 'logger_provider:', '  processors:', '    - batch:'];
  text.push('        exporter:', `          ${kind}:`);
  return [...text, ...lines.map((line) => `            ${line}`)].join('\n');
}

const OTLP_HTTP = {
  ...OTEL_DEFAULTS.otlp,
  isDefault: false,
  protocol: 'http/protobuf',
  endpoint: 'http://localhost:4318/v1/logs',
  url: 'http://localhost:4318/v1/logs',
};
const OTLP_GRPC = { ...OTEL_DEFAULTS.otlp, isDefault: false };
const OF_FILE = { ...OTEL_DEFAULTS, configFile: 'otel.yaml' };

describe('the published examples', () => {
  test('otel-getting-started', () =>
    assert.deepEqual(
      resolve(example('otel-getting-started'), { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }),
      {
        ...OF_FILE,
        otlp: {
          ...OTLP_HTTP,
          endpoint: 'http://collector:4318/v1/logs',
          url: 'http://collector:4318/v1/logs',
        },
      },
    ));

  for (const name of ['otel-sdk-config', 'otel-sdk-migration-config', 'rc3-sdk-migration-config']) {
    test(`${name}: the defaults that it writes down count as defaults`, () =>
      assert.deepEqual(resolve(example(name)), { ...OF_FILE, otlp: { ...OTLP_HTTP, compression: 'gzip' } }));
  }

  test('otel-sdk-migration-config with the variables that it refers to, and others', () => {
    const env = {
      OTEL_SDK_DISABLED: 'false',
      OTEL_BLRP_SCHEDULE_DELAY: '200',
      OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: '100',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector:4318',
      OTEL_EXPORTER_OTLP_LOGS_COMPRESSION: 'none',
      OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: '2000',
      OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'x-scope-orgid=shop,authorization=Bearer%20t',
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://elsewhere:4318',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://traces:4318',
      OTEL_LOG_LEVEL: 'error',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_SERVICE_NAME: 'shop',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    };
    const text = example('otel-sdk-migration-config');
    assert.deepEqual(resolve(text, env), {
      ...OF_FILE,
      otlp: {
        ...OTLP_HTTP,
        endpoint: 'https://collector:4318/v1/logs',
        url: 'https://collector:4318/v1/logs',
        headers: { 'x-scope-orgid': 'shop', authorization: 'Bearer t' },
        timeoutMs: 2000,
        tls: { ca: undefined, cert: undefined, key: undefined },
      },
      batch: { ...OTEL_DEFAULTS.batch, scheduleDelayMs: 200, maxExportBatchSize: 100 },
      warnings: [
        'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL, OTEL_LOGS_EXPORTER, OTEL_LOG_LEVEL: ' +
          'ignored, since OTEL_CONFIG_FILE is set',
      ],
    });
    const { attributes } = readResourceEnvironment({ ...env, OTEL_CONFIG_FILE: PATH }, reading(text));
    assert.deepEqual(attributes, { 'service.name': 'shop', 'deployment.environment.name': 'test' });
  });

  test('OtlpHttpExporter_logs_kitchen_sink', () =>
    assert.deepEqual(resolve(example('OtlpHttpExporter_logs_kitchen_sink')), {
      ...OF_FILE,
      otlp: { ...OTLP_HTTP, headers: { 'api-key': '1234' }, compression: 'gzip' },
      warnings: ['otel.yaml:10: ca_file: without effect, since the endpoint is not https://'],
    }));

  test('OtlpGrpcExporter_logs_kitchen_sink', () =>
    assert.deepEqual(resolve(example('OtlpGrpcExporter_logs_kitchen_sink')), {
      ...OF_FILE,
      otlp: { ...OTLP_GRPC, headers: { 'api-key': '1234' }, compression: 'gzip' },
      warnings: ['otel.yaml:10: ca_file: without effect, since the endpoint is not https://'],
    }));

  test('Resource_kitchen_sink', () => {
    const env = { OTEL_CONFIG_FILE: PATH, OTEL_NODE_RESOURCE_DETECTORS: 'none' };
    const { attributes, detection } = readResourceEnvironment(env, reading(example('Resource_kitchen_sink')));
    assert.deepEqual(attributes, {
      'service.name': 'unknown_service',
      'service.namespace': 'my-namespace',
      'service.version': '1.0.0',
      string_key: 'value',
      bool_key: true,
      int_key: 1,
      double_key: 1.1,
      string_array_key: ['value1', 'value2'],
      bool_array_key: [true, false],
      int_array_key: [1, 2],
      double_array_key: [1.1, 2.2],
    });
    assert.deepEqual(detection.detectors, ['container', 'host', 'os', 'process', 'serviceinstance']);
    const included = ['process.pid', 'process.command_args', 'host.name'].filter(detection.includes);
    assert.deepEqual(included, ['process.pid']);
  });
});

describe('an exporter', () => {
  const good: readonly [text: string, otlp: object][] = [
    [exporter('otlp_http'), OTLP_HTTP],
    [exporter('otlp_http', 'encoding: json'), { ...OTLP_HTTP, protocol: 'http/json' }],
    [exporter('otlp_grpc'), OTLP_GRPC],
    [exporter('otlp_grpc', 'timeout: 0'), { ...OTLP_GRPC, timeoutMs: 2 ** 31 - 1 }],
    [
      exporter('otlp_grpc', 'endpoint: collector:4317', 'tls: { insecure: true }'),
      { ...OTLP_GRPC, endpoint: 'http://collector:4317', url: 'http://collector:4317' },
    ],
    [
      exporter('otlp_grpc', 'endpoint: collector:4317'),
      {
        ...OTLP_GRPC,
        endpoint: 'https://collector:4317',
        url: 'https://collector:4317',
        tls: { ca: undefined, cert: undefined, key: undefined },
      },
    ],
    [
      exporter(
        'otlp_http',
        'headers_list: a=1,b=2%2C',
        'headers:',
        '  - { name: A, value: "3=,%" }',
        '  - { name: c, value: null }',
        '  - { name: d, value: "" }',
      ),
      { ...OTLP_HTTP, headers: { a: '3=,%', b: '2,', d: '' } },
    ],
    [
      exporter('otlp_http', 'endpoint: "http://h/a"', 'timeout: 5'),
      {
        ...OTLP_HTTP,
        endpoint: 'http://h/a',
        url: 'http://h/a',
        timeoutMs: 5,
      },
    ],
  ];
  for (const [text, otlp] of good) {
    test(text.split('\n').slice(5).join(' ').replaceAll(/\s+/g, ' '), () =>
      assert.deepEqual(resolve(text), { ...OF_FILE, otlp }),
    );
  }

  test('after a simple processor, or behind another exporter', () => {
    const text = `file_format: "1.1"
log_level: warn2
instrumentation/development: { general: { http: { server: { known_methods: [GET, purge] } } } }
logger_provider:
  processors:
    - simple: { exporter: { console: } }
    - event_to_span_event_bridge/development:
    - simple: { exporter: { otlp_grpc: } }
    - batch: { exporter: { otlp_http: } }
`;
    assert.deepEqual(resolve(text), {
      ...OF_FILE,
      otlp: OTLP_GRPC,
      logLevel: 'warn',
      knownMethods: ['GET', 'purge'],
      warnings: ['otel.yaml:9: otlp_http: access log records go to the first OTLP exporter only, line 8'],
    });
  });

  test('only a console', () => {
    const text =
      'file_format: "1.0"\nlogger_provider: { processors: [ { simple: { exporter: { console: } } } ] }';
    assert.deepEqual(resolve(text), { ...OF_FILE, logsExporter: 'console' });
  });

  for (const text of ['', 'logger_provider:', 'tracer_provider: { processors: [] }']) {
    test(`none: ${text}`, () =>
      assert.deepEqual(resolve(`file_format: "1.0"\n${text}`), {
        ...OF_FILE,
        logsExporter: 'none',
        missing:
          'otel.yaml: logger_provider: expected an exporter otlp_http or otlp_grpc, got none (from the file)',
      }));
  }

  test('a disabled SDK, whatever else is wrong', () => {
    const text = `${exporter('otlp_http', 'timeout: soon')}\ndisabled: true`;
    assert.equal(resolve(text).sdkDisabled, true);
  });
});

describe('a mistake in declarative configuration', () => {
  const version = 'file_format: expected a version 1.x as a text, such as "1.0", got';
  const bad: readonly [text: string, ...problems: string[]][] = [
    [
      'a: [',
      'otel.yaml:1: neither YAML nor JSON: Flow sequence in block collection must be sufficiently indented and end with a ] (from the file)',
    ],
    ['', 'otel.yaml:1: file_format: expected settings by their names, got nothing (from the file)'],
    ['- a', 'otel.yaml:1: file_format: expected settings by their names, got an array (from the file)'],
    ['resource:', `otel.yaml:1: ${version} nothing (from the file)`],
    ['file_format: "2.0"', `otel.yaml:1: ${version} "2.0" (from the file)`],
    ['file_format: "0.4"', `otel.yaml:1: ${version} "0.4" (from the file)`],
    ['file_format: new', `otel.yaml:1: ${version} "new" (from the file)`],
    [
      'file_format: 1.0',
      'otel.yaml:1: file_format: expected a text (in quotes, where it looks like something else), got a number (from the file)',
    ],
    [
      'file_format: "1.0"\nlogger_provder: {}\ndisabled: 1\nlog_level: loud',
      'otel.yaml:2: logger_provder: no such setting, did you mean logger_provider? (from the file)',
      'otel.yaml:3: disabled: expected true or false, got 1 (from the file)',
      'otel.yaml:4: log_level: expected one of trace, trace2, trace3, trace4, debug, debug2, debug3, debug4, info, info2, info3, info4, warn, warn2, warn3, warn4, error, error2, error3, error4, fatal, fatal2, fatal3, fatal4, got "loud" (from the file)',
    ],
    [
      exporter(
        'otlp_http',
        'endpoint: localhost:4318',
        'timeout: "10"',
        'encoding: xml',
        'headers: { a: b }',
        'tls: { ca_file: ca.pem, insecure: true }',
        'certificate_file: /ca.pem',
      ),
      'otel.yaml:7: endpoint: expected a URL that begins with http:// or https:// (for http/protobuf), got "localhost:4318" (from the file)',
      'otel.yaml:8: timeout: expected a whole number ≥ 0, got "10" (from the file)',
      'otel.yaml:9: encoding: expected one of protobuf, json, got "xml" (from the file)',
      'otel.yaml:10: headers: expected a list, got an object (from the file)',
      'otel.yaml:11: insecure: no such setting (from the file)',
      'otel.yaml:11: ca_file: expected an absolute path, got "ca.pem" (from the file)',
      'otel.yaml:12: certificate_file: no such setting (from the file)',
    ],
    [
      exporter('otlp_grpc', 'endpoint: https://c:4317', 'tls: { ca_file: /ca.pem, key_file: /key.pem }'),
      'otel.yaml:8: ca_file: expected a file that can be read, got "/ca.pem" (from the file)',
      'otel.yaml:8: key_file: expected a file that can be read, got "/key.pem" (from the file)',
      'otel.yaml:8: key_file: expected client key and certificate together, got only one of them (from the file)',
    ],
    [
      exporter(
        'otlp_http',
        'headers_list: SECRET',
        'headers:',
        '  - { name: a, value: 42 }',
        '  - { name: "a b", value: SECRET }',
        '  - { name: a }',
        '  - SECRET',
      ),
      'otel.yaml:7: headers_list: expected name=value pairs, percent-encoded, got something else in place 1 (from the file)',
      'otel.yaml:9: value: expected a text (in quotes, where it looks like something else), got a number (from the file)',
      'otel.yaml:10: headers: expected name and value of a header, got something else (from the file)',
      'otel.yaml:11: headers: expected the value of a header, got nothing (from the file)',
      'otel.yaml:12: headers: expected settings by their names, got a text (from the file)',
    ],
    [
      'file_format: "1.0"\nlogger_provider: { processors: [ { batch: }, { batch: {}, simple: {} }, { batch: { exporter: {} } } ] }',
      'otel.yaml:2: batch: expected an exporter, got nothing (from the file)',
      'otel.yaml:2: processors: expected one processor by its name, got 2 (from the file)',
      'otel.yaml:2: exporter: expected one exporter by its name, got an object (from the file)',
    ],
    [
      `${exporter('otlp_grpc')}\nresource:\n  attributes:\n    - { name: a, value: [1] }\n    - { name: b, value: 1, type: bool }`,
      'otel.yaml:9: attributes: expected a value of the type string, got another one (from the file)',
      'otel.yaml:10: attributes: expected a value of the type bool, got another one (from the file)',
    ],
  ];
  for (const [text, ...problems] of bad) {
    test(JSON.stringify(text).slice(0, 90), () =>
      assert.deepEqual(
        problemsOf(() => resolve(text)),
        problems,
      ),
    );
  }

  test('a file that is not there', () =>
    assert.deepEqual(
      problemsOf(() => resolveOtelEnvironment({ OTEL_CONFIG_FILE: '/etc/none.yaml' })),
      [
        'OTEL_CONFIG_FILE: expected a file that can be read, got "/etc/none.yaml", which does not exist (from the environment)',
      ],
    ));

  test('a later minor version is taken, with what is not known of it', () => {
    const text = exporter('otlp_grpc', 'flavour: sweet').replace('1.0', '1.7');
    assert.deepEqual(resolve(text), {
      ...OF_FILE,
      otlp: OTLP_GRPC,
      warnings: [
        'otel.yaml:1: file_format: newer than 1.1, which is known here; what it adds may be ignored',
        'otel.yaml:7: flavour: no such setting; it is ignored',
      ],
    });
  });

  test('limits that the records do not have are told', () => {
    const text = `${exporter('otlp_grpc')}\nattribute_limits: { attribute_value_length_limit: 100, attribute_count_limit: 128 }`;
    assert.deepEqual(resolve(text).warnings, [
      'otel.yaml:7: attribute_value_length_limit: without effect on access log records, which have caps of their own',
    ]);
  });
});
