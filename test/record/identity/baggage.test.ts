import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { propagation, ROOT_CONTEXT } from '@opentelemetry/api';
import { baggageOfContext, baggageValue } from '../../../src/record/identity/baggage.ts';
import { exchange } from '../support/exchange-factory.ts';

describe('the value of a member of baggage', () => {
  const members = (count: number): string =>
    Array.from({ length: count }, (_, at) => `k${at}=${at}`).join(',');
  const rows: readonly [what: string, header: string, value: string | undefined][] = [
    ['alone', 'tenant=blue', 'blue'],
    ['among others', 'a=1, tenant = blue ,b=2', 'blue'],
    ['without its properties', 'tenant=blue;ttl=5;x', 'blue'],
    ['decoded', 'tenant=d%C3%BCnn%20es', 'dünn es'],
    ['with equals signs', 'tenant=a=b', 'a=b'],
    ['of several the first', 'tenant=blue,tenant=red', 'blue'],
    ['empty', 'tenant=', ''],
    ['in another case', 'Tenant=blue', undefined],
    ['as a part of a key', 'xtenant=blue', undefined],
    ['as a property', 'a=1;tenant=blue', undefined],
    ['decoded wrongly', 'tenant=%E4%', undefined],
    ['the 64th', `${members(63)},tenant=blue`, 'blue'],
    ['the 65th', `${members(64)},tenant=blue`, undefined],
    ['in 8,192 bytes', `tenant=blue,a=${'x'.repeat(8192 - 14)}`, 'blue'],
    ['in 8,193 bytes', `tenant=blue,a=${'x'.repeat(8193 - 14)}`, undefined],
    ['nothing', '', undefined],
    ['commas', ',,,', undefined],
  ];
  for (const [what, header, value] of rows) {
    test(what, () => assert.equal(baggageValue(header, 'tenant'), value));
  }
});

describe('baggage that a propagator has read', () => {
  const context = propagation.setBaggage(
    ROOT_CONTEXT,
    propagation.createBaggage({ tenant: { value: 'blue' } }),
  );

  test('is found in the context of the handlers', () => {
    assert.equal(baggageOfContext(exchange({ handlerContext: context }), 'tenant'), 'blue');
    assert.equal(baggageOfContext(exchange({ handlerContext: context }), 'other'), undefined);
  });

  test('is found in the context of the record, where that of the handlers is not known', () => {
    assert.equal(baggageOfContext(exchange({ context }), 'tenant'), 'blue');
    assert.equal(baggageOfContext(exchange(), 'tenant'), undefined);
  });
});
