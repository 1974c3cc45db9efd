// Which error was handed to the application's error handlers: with a 5xx and a crash, the message only by an option.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import type { Exchange } from '../../../src/http/exchange.ts';
import type { RecordOptions } from '../../../src/record/record-options.ts';
import { maskingOf } from '../masking/support/masking-of.ts';
import { contentReader, exchange, recordOptions } from '../support/exchange-factory.ts';

class OrderError extends Error {}

/** What the error adds to the attributes of the same exchange without one. */
function added(overrides: Partial<Exchange>, options: Partial<RecordOptions> = {}): Record<string, unknown> {
  const read = contentReader(recordOptions(options));
  const without = read(exchange({ ...overrides, thrown: undefined })).attributes;
  const { attributes } = read(exchange(overrides));
  return Object.fromEntries(
    Object.entries(attributes).filter(([name, value]) => name === 'url.path' || without[name] !== value),
  );
}

describe('the error of an exchange', () => {
  const path = { 'url.path': '/orders/42' };
  const thrown = new OrderError('no card 4111111111111111 of alice');
  const withMessage = { exceptionMessage: true, masking: { current: maskingOf() } };

  test('its type is there with a 5xx and a crash, and not otherwise', () => {
    const type = { ...path, 'exception.type': 'OrderError' };
    assert.deepEqual(added({ statusCode: 500, thrown }), type);
    assert.deepEqual(added({ statusCode: 599, thrown }), type);
    assert.deepEqual(
      added({ statusCode: undefined, outcome: 'crashed', errorCode: 'OrderError', thrown }),
      type,
    );
    assert.deepEqual(added({ statusCode: 200, outcome: 'crashed', errorCode: 'process_exit', thrown }), type);
    assert.deepEqual(added({ statusCode: 404, thrown }), path);
    assert.deepEqual(added({ statusCode: 200, outcome: 'aborted', thrown }), path);
    assert.deepEqual(added({ statusCode: undefined, outcome: 'aborted', thrown }), path);
  });

  test('its message is there where it is asked for, masked', () => {
    assert.deepEqual(added({ statusCode: 500, thrown }, withMessage), {
      ...path,
      'exception.type': 'OrderError',
      'exception.message': 'no card **************** of alice',
    });
    assert.deepEqual(added({ statusCode: 404, thrown }, withMessage), path);
  });

  test('a message that is too long is cut, and whatever stands in it is valid Unicode', () => {
    const long = new Error(`\uD800${'x'.repeat(100_000)}`);
    assert.deepEqual(added({ statusCode: 500, thrown: long }, withMessage), {
      ...path,
      'exception.type': 'Error',
      'exception.message': `\uFFFD${'x'.repeat(1023)}`,
      'access_log.truncated': ['exception.message'],
    });
  });

  test('what is no Error has no type', () => {
    assert.deepEqual(added({ statusCode: 500, thrown: 'as text' }, withMessage), {
      ...path,
      'exception.message': 'as text',
    });
    assert.deepEqual(added({ statusCode: 500, thrown: { message: 1 } }, withMessage), path);
    const empty = new Error('');
    assert.deepEqual(added({ statusCode: 500, thrown: empty }, withMessage), {
      ...path,
      'exception.type': 'Error',
    });
  });

  test('its name and its code are texts of the application, and masked as such', () => {
    const named = Object.assign(new Error('x'), { name: 'Refused: Bearer mF_9.B5f-4.1JqM' });
    const masking = { current: maskingOf() };
    assert.deepEqual(added({ statusCode: 500, thrown: named }, { masking }), {
      ...path,
      'exception.type': 'Refused: Bearer REDACTED',
    });
    const read = contentReader(recordOptions({ masking }));
    const errorCode = 'card 4111111111111111';
    const { attributes } = read(exchange({ statusCode: undefined, outcome: 'aborted', errorCode }));
    assert.equal(attributes['error.type'], 'card ****************');
  });

  test('an error that throws when it is read', () => {
    const hostile = Object.defineProperties(new Error('one'), {
      name: {
        get: () => {
          throw new Error('two');
        },
      },
      message: {
        get: () => {
          throw new Error('three');
        },
      },
    });
    assert.deepEqual(added({ statusCode: 500, thrown: hostile }, withMessage), path);
  });

  test('an error of another realm', () => {
    const foreign: unknown = runInNewContext('new TypeError("of a vm")');
    assert.deepEqual(added({ statusCode: 500, thrown: foreign }, withMessage), {
      ...path,
      'exception.type': 'TypeError',
      'exception.message': 'of a vm',
    });
  });
});
