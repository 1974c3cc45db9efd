import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cookieValue } from '../../../src/record/identity/cookie.ts';

describe('the value of a cookie', () => {
  const rows: readonly [header: string, value: string | undefined][] = [
    ['sid=1', '1'],
    ['a=0; sid=1; b=2', '1'],
    ['a=0;sid=1;b=2', '1'],
    ['a=0; \t sid=1 ; b=2', '1'],
    ['sid="1"', '1'],
    ['sid="', '"'],
    ['sid=a=b==', 'a=b=='],
    ['sid=first; sid=second', 'first'],
    ['sid=; sid=second', 'second'],
    ['sid=""; sid=second', 'second'],
    ['Sid=1', undefined],
    ['xsid=1', undefined],
    ['a=sid=1', undefined],
    ['a=b sid=1', undefined],
    ['sid', undefined],
    ['sid=', undefined],
    ['', undefined],
    ['x=sid=0; sid=1', '1'],
    ['sid sid=2; sid=1', '1'],
  ];
  for (const [header, value] of rows) {
    test(JSON.stringify(header), () => assert.equal(cookieValue(header, 'sid'), value));
  }
});
