import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import { HashKey } from '../../../src/record/masking/hash-key.ts';

const BYTES = Buffer.from('0123456789abcdef0123456789abcdef');
const OTHER_BYTES = Buffer.from('fedcba9876543210fedcba9876543210');

describe('HashKey', () => {
  test('a hash is the key id and the first 16 bytes of the HMAC of namespace, NUL and value', () => {
    const id = createHmac('sha256', BYTES).update('kid').digest('hex').slice(0, 4);
    const digest = createHmac('sha256', BYTES).update('user.id\0alice').digest().subarray(0, 16);
    const key = HashKey.of(BYTES);
    assert.equal(key.id, id);
    assert.equal(key.hash('user.id', 'alice'), `${id}:${digest.toString('base64url')}`);
    assert.match(key.hash('user.id', 'alice'), /^[0-9a-f]{4}:[\w-]{22}$/);
  });

  test('it is the same after a restart, another with another key, namespace or value', () => {
    const key = HashKey.of(BYTES);
    const hash = key.hash('user.id', 'alice');
    assert.equal(HashKey.of(Buffer.from(BYTES)).hash('user.id', 'alice'), hash);
    const others = [
      HashKey.of(OTHER_BYTES).hash('user.id', 'alice'),
      key.hash('session.id', 'alice'),
      key.hash('user.id', 'Alice'),
    ];
    assert.equal(new Set([hash, ...others]).size, 4);
    assert.notEqual(HashKey.of(OTHER_BYTES).id, key.id);
  });

  test('one newline at the end is no part of the key', () => {
    const { id } = HashKey.of(BYTES);
    assert.equal(HashKey.of(Buffer.concat([BYTES, Buffer.from('\n')])).id, id);
    assert.equal(HashKey.of(Buffer.concat([BYTES, Buffer.from('\r\n')])).id, id);
    assert.notEqual(HashKey.of(Buffer.concat([BYTES, Buffer.from('\n\n')])).id, id);
    assert.notEqual(HashKey.of(Buffer.concat([Buffer.from('\n'), BYTES])).id, id);
  });

  test('a key of less than 32 bytes is refused, and the message does not tell it', () => {
    for (const bytes of [BYTES.subarray(0, 31), Buffer.concat([BYTES.subarray(0, 31), Buffer.from('\n')])])
      assert.throws(() => HashKey.of(bytes), new TypeError('expected a key of 32 bytes or more, got 31'));
    assert.throws(
      () => HashKey.of(Buffer.alloc(0)),
      new TypeError('expected a key of 32 bytes or more, got 0'),
    );
  });

  test('the file may be overwritten in memory once the key is made', () => {
    const bytes = Buffer.from(BYTES);
    const key = HashKey.of(bytes);
    const hash = key.hash('user.id', 'alice');
    bytes.fill(0);
    assert.equal(key.hash('user.id', 'alice'), hash);
    assert.equal(key.hash('user.id', 'bob'), HashKey.of(BYTES).hash('user.id', 'bob'));
  });

  test('a million tokens leave 1,000 hashes in memory, those that were used last', () => {
    const key = HashKey.of(BYTES);
    const alice = key.hash('user.id', 'alice');
    for (let token = 0; token < 1_000_000; token++) {
      key.hash('user.id', `token-${token}`);
      if (token % 500 === 0) assert.equal(key.hash('user.id', 'alice'), alice);
    }
    assert.equal(key.cachedCount, 1000);
  });

  test('a long value is hashed, and not kept', () => {
    const key = HashKey.of(BYTES);
    const long = 'a'.repeat(2049);
    assert.equal(key.hash('user.id', long), key.hash('user.id', long));
    assert.equal(key.cachedCount, 0);
    key.hash('user.id', long.slice(1));
    assert.equal(key.cachedCount, 1);
  });
});
