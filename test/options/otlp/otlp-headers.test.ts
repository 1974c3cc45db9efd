import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { checkHeadersFile, parseHeadersFile } from '../../../src/options/otlp/otlp-headers.ts';
import { problemsOf } from '../support/problems-of.ts';

describe('a file of headers', () => {
  const good: readonly [text: string, headers: Readonly<Record<string, string>>][] = [
    ['authorization=Bearer%20x', { authorization: 'Bearer x' }],
    ['authorization=Bearer x==\n', { authorization: 'Bearer x==' }],
    ['a=1\r\nB=2\r\n', { a: '1', b: '2' }],
    ['a=1,b=2\nc=3', { a: '1', b: '2', c: '3' }],
    ['# who we are\n\n  # and where\na=1\n', { a: '1' }],
    ['a=1\na=2', { a: '2' }],
    ['Authorization: Basic bWU6eA==, %20', { authorization: 'Basic bWU6eA==, %20' }],
    ['a:1\n b :  2 \n'.replace(' :', ':'), { a: '1', b: '2' }],
    ['u=http://x:1', { u: 'http://x:1' }],
    ['u: a=b', { u: 'a=b' }],
  ];
  for (const [text, headers] of good) {
    test(JSON.stringify(text), () => {
      for (const protocol of ['grpc', 'http/protobuf'] as const) {
        assert.deepEqual(parseHeadersFile(Buffer.from(text), protocol), headers);
      }
    });
  }

  const bad: readonly [text: string, message: string][] = [
    ['', 'there is no header in it'],
    ['\n# nothing yet\n', 'there is no header in it'],
    ['a=1\nSECRET', 'line 2 is neither name=value nor name: value'],
    ['a=1\nb=', 'line 2 is neither name=value nor name: value'],
    ['a:\n', 'line 1 is neither name=value nor name: value'],
    ['a=1,SECRET', 'line 1 is neither name=value nor name: value'],
    ['a=SECRET%zz', 'line 1 is neither name=value nor name: value'],
    ['a: SECRET\u0000', 'line 1 is neither name=value nor name: value'],
    ['a b: SECRET', 'line 1 is neither name=value nor name: value'],
    [`a=${'x'.repeat(65_536)}`, 'larger than 64 KiB'],
  ];
  for (const [text, message] of bad) {
    test(`${JSON.stringify(text.slice(0, 40))} is refused`, () => {
      assert.throws(() => parseHeadersFile(Buffer.from(text), 'http/protobuf'), { message });
    });
  }
});

describe('checkHeadersFile', () => {
  const folder = mkdtempSync(join(tmpdir(), 'headers-'));
  after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'headers');
  const refused = (why: string) => [
    `ACCESS_LOG_OTLP_HEADERS_FILE: expected a file of headers, name=value on each line, got ${JSON.stringify(path)} (${why})`,
  ];

  test('a missing file is a problem, and so is one without headers', () => {
    assert.deepEqual(
      problemsOf(() => checkHeadersFile(path, 'grpc')),
      refused('ENOENT'),
    );
    writeFileSync(path, '');
    assert.deepEqual(
      problemsOf(() => checkHeadersFile(path, 'grpc')),
      refused('there is no header in it'),
    );
    writeFileSync(path, 'authorization=Bearer%20x\n');
    assert.deepEqual(
      problemsOf(() => checkHeadersFile(path, 'grpc')),
      [],
    );
  });

  test('a header that the protocol cannot carry is a problem', () => {
    const readFile = () => Buffer.from('a!=1');
    assert.deepEqual(
      problemsOf(() => checkHeadersFile(path, 'http/protobuf', readFile)),
      [],
    );
    const why = 'line 1 is neither name=value nor name: value';
    assert.deepEqual(
      problemsOf(() => checkHeadersFile(path, 'grpc', readFile)),
      refused(why),
    );
  });
});
