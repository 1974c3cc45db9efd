import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { detectResources, envDetector } from '@opentelemetry/resources';
import fc from 'fast-check';
import { resolveOtelEnvironment } from '../../src/options/options.ts';
import { readResourceEnvironment, unknownService } from '../../src/options/resource-environment.ts';

function read(env: NodeJS.ProcessEnv) {
  const { attributes, warnings } = readResourceEnvironment(env);
  return { attributes, warnings };
}

describe('the resource of the environment', () => {
  const cases: readonly [env: NodeJS.ProcessEnv, attributes: object][] = [
    [{}, {}],
    [{ OTEL_SERVICE_NAME: 'shop' }, { 'service.name': 'shop' }],
    [{ OTEL_SERVICE_NAME: '  ' }, {}],
    [{ OTEL_RESOURCE_ATTRIBUTES: 'a=b, service.name=shop,,' }, { a: 'b', 'service.name': 'shop' }],
    [
      { OTEL_RESOURCE_ATTRIBUTES: 'service.name=a,team=x%2Cy%3Dz', OTEL_SERVICE_NAME: 'shop' },
      { team: 'x,y=z', 'service.name': 'shop' },
    ],
  ];
  for (const [env, attributes] of cases) {
    test(JSON.stringify(env), () => assert.deepEqual(read(env), { attributes, warnings: [] }));
  }

  const mistakes: readonly [text: string, shown: string][] = [
    ['a=b,c', '"c"=…'],
    ['git.ref=a=b,service.name=shop', '"git.ref"=…'],
    ['a=b,=d', '""=…'],
    ['discount=100%', '"discount"=…'],
    [`a=b,c=${'x'.repeat(256)}`, '"c"=…'],
  ];
  for (const [text, shown] of mistakes) {
    test(`${text.slice(0, 40)} is discarded, and that is said`, () => {
      const env = { OTEL_RESOURCE_ATTRIBUTES: text, OTEL_SERVICE_NAME: 'shop' };
      const warning =
        'OTEL_RESOURCE_ATTRIBUTES: expected key=value pairs with "," "=" and "%" percent-encoded in them, ' +
        `got ${shown} (from the environment); all of it is ignored`;
      assert.deepEqual(read(env), { attributes: { 'service.name': 'shop' }, warnings: [warning] });
      assert.deepEqual(resolveOtelEnvironment(env).warnings, [warning]);
    });
  }

  for (const executable of ['node', '/usr/local/bin/node', 'C:\\Program Files\\nodejs\\node']) {
    test(`a service without a name, run by ${executable}`, () =>
      assert.equal(unknownService(executable), 'unknown_service:node'));
  }

  test('is what the SDK makes of it', () => {
    const piece = fc.constantFrom(
      'a',
      'b',
      '=',
      ',',
      '%',
      '%41',
      '%2C',
      ' ',
      'service.name',
      '"',
      'ü',
      '__proto__',
    );
    const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
    const before = { ...process.env };
    try {
      fc.assert(
        fc.property(text, text, (attributes, name) => {
          process.env.OTEL_RESOURCE_ATTRIBUTES = attributes;
          process.env.OTEL_SERVICE_NAME = name;
          const official = detectResources({ detectors: [envDetector] }).attributes;
          assert.deepEqual(readResourceEnvironment(process.env).attributes, official);
        }),
      );
    } finally {
      process.env = before;
    }
  });
});
