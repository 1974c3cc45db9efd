import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultServiceName, detectResources, envDetector } from '@opentelemetry/resources';
import fc from 'fast-check';
import { resolveResourceAttributes } from '../../src/options/resource-environment.ts';

const UNKNOWN = { 'service.name': 'unknown_service:node' };

describe('the resource of the environment', () => {
  const cases: readonly [env: NodeJS.ProcessEnv, attributes: object][] = [
    [{}, UNKNOWN],
    [{ OTEL_SERVICE_NAME: 'shop' }, { 'service.name': 'shop' }],
    [{ OTEL_SERVICE_NAME: '  ' }, UNKNOWN],
    [{ OTEL_RESOURCE_ATTRIBUTES: 'a=b, service.name=shop,,' }, { a: 'b', 'service.name': 'shop' }],
    [
      { OTEL_RESOURCE_ATTRIBUTES: 'service.name=a,team=x%2Cy%3Dz', OTEL_SERVICE_NAME: 'shop' },
      { team: 'x,y=z', 'service.name': 'shop' },
    ],
    [{ OTEL_RESOURCE_ATTRIBUTES: 'a=b,c' }, UNKNOWN],
    [{ OTEL_RESOURCE_ATTRIBUTES: 'a=b,c=d=e' }, UNKNOWN],
    [{ OTEL_RESOURCE_ATTRIBUTES: 'a=b,=d' }, UNKNOWN],
    [{ OTEL_RESOURCE_ATTRIBUTES: 'a=b,c=%zz' }, UNKNOWN],
    [{ OTEL_RESOURCE_ATTRIBUTES: `a=b,c=${'x'.repeat(256)}` }, UNKNOWN],
  ];
  for (const [env, attributes] of cases) {
    test(JSON.stringify(env).slice(0, 80), () =>
      assert.deepEqual(resolveResourceAttributes(env, 'node'), attributes),
    );
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
          const expected = { 'service.name': defaultServiceName(), ...official };
          assert.deepEqual(resolveResourceAttributes(process.env, process.argv0), expected);
        }),
      );
    } finally {
      process.env = before;
    }
  });
});
