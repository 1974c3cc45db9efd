import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as v from 'valibot';
import { optionsTable, showDefault } from '../../src/options/published/options-markdown.ts';
import { type Option, optionNames, optionSchema, variableOf } from '../../src/options/schema.ts';
import { optionSource } from './support/option-source.ts';

describe('the schema', () => {
  const source = optionSource();

  for (const name of optionNames) {
    const option: Option<unknown> = optionSchema[name];

    test(`${name}: the default is a value of the option, also as text`, () => {
      assert.deepEqual(v.parse(option.schema, option.default), option.default);
      const text = Array.isArray(option.default) ? option.default.join(',') : String(option.default);
      assert.deepEqual(v.parse(option.schema, option.parse(text)), option.default);
    });

    test(`${name}: the docblock tells the default`, () => {
      const docblock =
        source.match(new RegExp(`/\\*\\*((?:(?!\\*/).)*)\\*/\\s+${name}: option\\(`, 's'))?.[1] ?? '';
      const { unit, ...unitless } = option;
      assert.ok(docblock.includes(`Default ${showDefault(unitless)}.`), `${docblock} (in ${unit})`);
    });
  }

  test('variables are the names in capitals', () => {
    assert.deepEqual(
      optionNames.map((name) => variableOf(name).replace('ACCESS_LOG_', '')),
      [
        ...[
          'ENABLED',
          'LEVEL',
          'RATE',
          'BURST',
          'ERROR_RATE',
          'ERROR_BURST',
          'REJECTED_RATE',
          'REJECTED_BURST',
          'SLOW_MS',
          'LONG_POLLS',
          'LONG_AFTER_MS',
          'IGNORE',
          'NOISE',
        ],
        ...['DEGRADE', 'DEGRADE_AFTER_MS', 'RECOVER_AFTER_MS', 'SHARE'],
        ...['ROLLOUT', 'ROLLOUT_SEED', 'CANARY'],
        ...['SENSITIVE_PATHS', 'TRUSTED_PROXIES', 'CLIENT_IP_HEADERS', 'ORIGIN_HEADERS', 'CLIENT_IP'],
        ...['REQUEST_HEADERS', 'RESPONSE_HEADERS', 'HOOKS', 'RULES', 'DETECT', 'HASH_KEY_FILE'],
        ...['SESSION', 'USER', 'TENANT', 'JWT_CLAIMS', 'AUTH_FINGERPRINT'],
        ...['DETAIL_REQUEST_HEADERS', 'DETAIL_RESPONSE_HEADERS', 'DETAIL_WHEN'],
        ...['EXCEPTION_MESSAGE', 'ECHO', 'ECHO_TO'],
        ...[
          'BODY',
          'STDOUT',
          'UPGRADES',
          'TLS_ERRORS',
          'TRACING',
          'PROPAGATE',
          'SHUTDOWN_TIMEOUT_MS',
          'FREEZE',
          'PIPELINE',
          'MEMORY_LIMIT_MIB',
          'MAX_IN_FLIGHT',
          'OTLP_HEADERS_FILE',
          'SPOOL_DIR',
          'SPOOL_LIMIT_MIB',
          'SPOOL_FSYNC',
        ],
      ],
    );
  });
});

test('the table has one row for each option, for the variable of the file, and for each hook', () => {
  const lines = optionsTable().split('\n');
  assert.deepEqual(lines.slice(0, 5), [
    '| variable | in code | default | meaning |',
    '| --- | --- | --- | --- |',
    '| `ACCESS_LOG_ENABLED` | `enabled` | `true` | whether there is an access log at all |',
    '| `ACCESS_LOG_LEVEL` | `level` | `info` | minimum severity: `trace`, `debug`, `info`, `warn`, `error`, `fatal` |',
    '| `ACCESS_LOG_RATE` | `rate` | `1000` records per second | token bucket for normal records, per process; may be below 1 |',
  ]);
  assert.equal(lines.length, 2 + optionNames.length + 1 + 4);
  for (const line of lines) assert.equal(line.split(/(?<!\\)\|/).length, 6, line);
});
