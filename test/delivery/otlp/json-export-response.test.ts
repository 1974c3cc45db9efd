import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  isJson,
  parseExportResponse,
  parseStatusMessage,
} from '../../../src/delivery/otlp/json-export-response.ts';

const NOTHING = { rejected: 0, message: '' };

describe('answers in JSON', () => {
  for (const [text, expected] of [
    ['{}', NOTHING],
    ['', NOTHING],
    ['[]', NOTHING],
    ['null', NOTHING],
    ['{"partialSuccess":{}}', NOTHING],
    ['{"partialSuccess":null}', NOTHING],
    [
      '{"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"too old"}}',
      { rejected: 2, message: 'too old' },
    ],
    ['{"partialSuccess":{"rejectedLogRecords":2}}', { rejected: 2, message: '' }],
    ['{"partialSuccess":{"errorMessage":"slow down"}}', { rejected: 0, message: 'slow down' }],
    ['{"partialSuccess":{"rejectedLogRecords":"-2","errorMessage":7}}', NOTHING],
    ['{"partialSuccess":{"rejectedLogRecords":"many"}}', NOTHING],
    ['{"partialSuccess":{"rejectedLogRecords":1e999}}', NOTHING],
    ['{"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"cut o', { rejected: 3, message: '' }],
  ] as const) {
    test(text, () => assert.deepEqual(parseExportResponse(Buffer.from(text)), expected));
  }

  for (const [text, expected] of [
    ['{"code":3,"message":"bad"}', 'bad'],
    ['{"code":3}', '{"code":3}'],
    ['{"message":{"a":1}}', '{"message":{"a":1}}'],
    [' {"message":"cut o', '{"message":"cut o'],
  ] as const) {
    test(`a status: ${text}`, () => assert.equal(parseStatusMessage(Buffer.from(text)), expected));
  }

  for (const [type, body, expected] of [
    ['application/json; charset=utf-8', '', true],
    ['application/problem+json', '{', true],
    ['', '\r\n {"partialSuccess":{}}', true],
    ['text/plain', 'ok', false],
    ['application/x-protobuf', '\x0a\x02\x08\x02', false],
  ] as const) {
    test(`${JSON.stringify([type, body])} is ${expected ? '' : 'not '}JSON`, () => {
      assert.equal(isJson(type, Buffer.from(body)), expected);
    });
  }

  test('as deep as an answer can be', () => {
    assert.deepEqual(parseExportResponse(Buffer.from('['.repeat(64 * 1024))), NOTHING);
    assert.deepEqual(parseExportResponse(Buffer.from('{"a":'.repeat(13_000))), NOTHING);
  });
});
