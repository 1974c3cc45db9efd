import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseAuthorization } from '../../../src/record/identity/authorization.ts';

describe('Authorization', () => {
  const rows: readonly [header: string, scheme: string | undefined, credentials: string][] = [
    ['Bearer abc', 'bearer', 'abc'],
    ['bEaReR   abc  ', 'bearer', 'abc'],
    ['Digest username="ada", uri="/"', 'digest', 'username="ada", uri="/"'],
    ['SCRAM-SHA-256 data=x', 'scram-sha-256', 'data=x'],
    // Of what is no registered scheme, each word may be secret.
    ['Secret abc', undefined, 'Secret abc'],
    ['abc', undefined, 'abc'],
  ];
  for (const [header, scheme, credentials] of rows) {
    test(header, () => assert.deepEqual(parseAuthorization(header), { scheme, credentials }));
  }

  for (const header of ['', '  ', 'Bearer', 'Bearer  ']) {
    test(`${JSON.stringify(header)} has no credentials`, () =>
      assert.equal(parseAuthorization(header), undefined));
  }
});
