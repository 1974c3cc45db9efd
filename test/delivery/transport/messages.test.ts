import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeStatusMessage } from '../../../src/delivery/otlp/export-response.ts';
import { errorOf } from '../../../src/delivery/transport/connection-error.ts';
import { Secrets } from '../../../src/delivery/transport/credentials/secrets.ts';
import { oneLine } from '../../../src/delivery/transport/one-line.ts';
import { richStatus } from '../../support/scripted-receiver.ts';

test('oneLine is one line of at most 300 characters, well-formed, without secrets', () => {
  const values = ['hunter22', 'Bearer hunter22'];
  const secrets = new Secrets(values);
  const text = fc.array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom(...values, '\ud83d', '\n', '\u2028'),
    ),
  );
  fc.assert(
    fc.property(text, (parts) => {
      const line = oneLine(parts.join(''), secrets);
      assert.ok(line.length <= 300 && line.isWellFormed() && !line.includes('hunter22'));
      assert.doesNotMatch(line, /[\p{Cc}\p{Zl}\p{Zp}]|^\s|\s$/u);
    }),
  );
});

describe('errorOf', () => {
  const withCode = (code: string, message: string) => Object.assign(new Error(message), { code });
  const cases: readonly [error: unknown, code: string, message: string][] = [
    [withCode('ECONNREFUSED', 'connect ECONNREFUSED ::1:1'), 'ECONNREFUSED', 'connect ECONNREFUSED ::1:1'],
    [
      withCode('CERT_HAS_EXPIRED', 'certificate has expired'),
      'CERT_HAS_EXPIRED',
      'certificate has expired (CERT_HAS_EXPIRED)',
    ],
    [new AggregateError([withCode('A', 'A 1'), withCode('B', 'B 2')], 'all'), 'B', 'B 2'],
    [new RangeError('x'), 'RangeError', 'x (RangeError)'],
    [new Error('words'), 'Error', 'words'],
    ['text', 'unknown', 'text'],
  ];
  for (const [error, code, message] of cases) {
    test(message, () => assert.deepEqual(errorOf(error), { code, message }));
  }
});

describe('decodeStatusMessage', () => {
  test('reads the message of a google.rpc.Status', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(
        fc.nat(100_000),
        text,
        fc.option(fc.nat(10_000), { nil: undefined }),
        (code, message, retryMs) => {
          assert.equal(decodeStatusMessage(richStatus(code, message, retryMs)), message);
        },
      ),
    );
  });

  test('what was not read to its end is there as far as it goes', () => {
    assert.equal(decodeStatusMessage(richStatus(3, 'invalid record').subarray(0, 11)), 'invalid');
  });

  test('anything else has none, and never throws', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => typeof decodeStatusMessage(bytes) === 'string'));
    assert.equal(decodeStatusMessage(Buffer.from('garbage')), '');
    assert.equal(decodeStatusMessage(Buffer.alloc(0)), '');
  });
});
