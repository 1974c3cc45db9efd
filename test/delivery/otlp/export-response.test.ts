import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import protobuf from 'protobufjs/light.js';
import { decodeExportResponse, decodeRetryInfo } from '../../../src/delivery/otlp/export-response.ts';
import { officialMessage } from '../../support/official-otlp.ts';

const bytesOf = (message: protobuf.Type, plain: object): Uint8Array =>
  message.encode(message.fromObject(plain)).finish();

describe('the answer to an export', () => {
  const response = officialMessage('ExportLogsServiceResponse');
  const encoded = (plain: object): Uint8Array => response.encode(response.fromObject(plain)).finish();

  test('any partial success', () => {
    fc.assert(
      fc.property(
        fc.maxSafeInteger(),
        fc.string({ unit: 'grapheme' }),
        (rejectedLogRecords, errorMessage) => {
          assert.deepEqual(
            decodeExportResponse(encoded({ partialSuccess: { rejectedLogRecords, errorMessage } })),
            {
              rejected: Math.max(0, rejectedLogRecords),
              message: errorMessage,
            },
          );
        },
      ),
    );
  });

  const unknown = Buffer.from([0x10, 0x01, 0x1a, 0x01, 0x00, 0x21, 0, 0, 0, 0, 0, 0, 0, 0, 0x2d, 0, 0, 0, 0]);
  const refusal = encoded({ partialSuccess: { rejectedLogRecords: 3, errorMessage: 'no' } });
  for (const [name, bytes, expected] of [
    ['empty: all was taken', Buffer.alloc(0), { rejected: 0, message: '' }],
    [
      'an empty partial success: all was taken',
      encoded({ partialSuccess: {} }),
      { rejected: 0, message: '' },
    ],
    [
      'fields that we do not know',
      Buffer.concat([unknown, refusal, unknown]),
      { rejected: 3, message: 'no' },
    ],
    ['an unfinished integer', Buffer.from([0x0a, 0x02, 0x08, 0x80]), { rejected: 0, message: '' }],
    ['an endless integer', Buffer.alloc(30, 0xff), { rejected: 0, message: '' }],
    ['a wire type that there is not', Buffer.from([0x0b]), { rejected: 0, message: '' }],
    ['not protobuf', Buffer.from('{"partialSuccess":{}}'), { rejected: 0, message: '' }],
    [
      'in two parts, which are one message',
      Buffer.concat([
        encoded({ partialSuccess: { rejectedLogRecords: 3 } }),
        encoded({ partialSuccess: { errorMessage: 'no' } }),
      ]),
      { rejected: 3, message: 'no' },
    ],
    ['cut off: what came of it', refusal.subarray(0, -1), { rejected: 3, message: 'n' }],
  ] as const) {
    test(name, () => assert.deepEqual(decodeExportResponse(bytes), expected));
  }
});

describe('RetryInfo', () => {
  const root = protobuf.Root.fromJSON({
    nested: {
      Status: {
        fields: {
          code: { type: 'int32', id: 1 },
          message: { type: 'string', id: 2 },
          details: { rule: 'repeated', type: 'Any', id: 3 },
        },
      },
      Any: { fields: { typeUrl: { type: 'string', id: 1 }, value: { type: 'bytes', id: 2 } } },
      RetryInfo: { fields: { retryDelay: { type: 'Duration', id: 1 } } },
      Duration: { fields: { seconds: { type: 'int64', id: 1 }, nanos: { type: 'int32', id: 2 } } },
    },
  });
  const [status, retryInfo] = [root.lookupType('Status'), root.lookupType('RetryInfo')];
  const other = {
    typeUrl: 'type.googleapis.com/google.rpc.DebugInfo',
    value: Buffer.from('\x0a\x02\x08\x05'),
  };
  const wait = (retryDelay?: object): object => ({
    typeUrl: 'type.googleapis.com/google.rpc.RetryInfo',
    value: bytesOf(retryInfo, retryDelay === undefined ? {} : { retryDelay }),
  });
  const statusOf = (...details: object[]): Uint8Array =>
    bytesOf(status, { code: 8, message: 'busy', details });

  for (const [name, bytes, milliseconds] of [
    ['seconds and nanoseconds', statusOf(wait({ seconds: 2, nanos: 500_000_000 })), 2500],
    ['among other details', statusOf(other, wait({ seconds: 1 }), other), 1000],
    ['less than a millisecond', statusOf(wait({ nanos: 250_000 })), 0.25],
    ['nothing to wait for', statusOf(wait({})), 0],
    ['without a delay', statusOf(wait()), 0],
    ['a negative delay', statusOf(wait({ seconds: -3, nanos: -1 })), 0],
    ['no such detail', statusOf(other), undefined],
    ['no details', statusOf(), undefined],
    ['empty', Buffer.alloc(0), undefined],
    ['cut off: what came of it', statusOf(wait({ seconds: 2 })).subarray(0, -1), 0],
    ['cut off before it says what it is', statusOf(wait({ seconds: 2 })).subarray(0, 30), undefined],
    ['not protobuf', Buffer.from('unavailable'), undefined],
  ] as const) {
    test(name, () => assert.equal(decodeRetryInfo(bytes), milliseconds));
  }
});

test('no bytes make it throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const { rejected, message } = decodeExportResponse(bytes);
      assert.ok(rejected >= 0);
      assert.equal(typeof message, 'string');
      assert.ok((decodeRetryInfo(bytes) ?? 0) >= 0);
    }),
  );
});
