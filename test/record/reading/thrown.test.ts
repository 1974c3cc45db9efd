import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { classOfThrown } from '../../../src/record/reading/thrown.ts';

describe('the class of an error of the application', () => {
  class OrderError extends Error {}
  class Named extends Error {
    override readonly name = 'PaymentError';
  }
  const rows: readonly [what: string, thrown: unknown, type: string][] = [
    ['an error of the language', new RangeError('secret'), 'RangeError'],
    ['a class without a name of its own', new OrderError('secret'), 'OrderError'],
    ['a class with a name', new Named('secret'), 'PaymentError'],
    ['no class', new (class extends Error {})('secret'), '_OTHER'],
    ['a name that is empty', Object.assign(new Error('secret'), { name: '' }), '_OTHER'],
    ['a name that is no text', Object.assign(new Error('secret'), { name: { secret: 1 } }), '_OTHER'],
    ['a text', 'secret', '_OTHER'],
    ['nothing', undefined, '_OTHER'],
    [
      'a name that throws',
      Object.defineProperty(new Error('secret'), 'name', {
        get: () => {
          throw new Error('secret');
        },
      }),
      '_OTHER',
    ],
  ];
  for (const [what, thrown, type] of rows) test(what, () => assert.equal(classOfThrown(thrown), type));
});
