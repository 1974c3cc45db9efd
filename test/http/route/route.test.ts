import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { type RPCMetadata, RPCType, setRPCMetadata } from '@opentelemetry/core';
import { routeOf } from '../../../src/http/route/route.ts';

const metadata: RPCMetadata = { type: RPCType.HTTP, span: undefined as never, route: '/told' };
const express = { baseUrl: '', originalUrl: '/x', url: '/x', route: { path: '/x' } };
const next = {
  ...express,
  [Symbol.for('NextInternalRequestMeta')]: {
    match: { definition: { pathname: '/[id]' }, params: { id: 'x' } },
    invokePath: '/x',
  },
};

describe('which route counts', () => {
  test('what an instrumentation wrote into the RPC metadata comes first', () => {
    const context = setRPCMetadata(ROOT_CONTEXT, metadata);
    assert.equal(routeOf(context, '/announced', next as never), '/told');
  });

  test('an empty one is none', () => {
    const context = setRPCMetadata(ROOT_CONTEXT, { ...metadata, route: '' });
    assert.equal(routeOf(context, undefined, express as never), '/x');
  });

  test('that of Next.js, which Fastify or Express hands everything to', () => {
    assert.equal(routeOf(undefined, '/*', next as never), '/[id]');
    assert.equal(routeOf(undefined, undefined, next as never), '/[id]');
  });

  test('what was announced, then what Express left', () => {
    assert.equal(routeOf(undefined, '/announced', express as never), '/announced');
    assert.equal(routeOf(undefined, undefined, express as never), '/x');
  });

  test('a request that cannot be read', () => {
    const broken = Object.defineProperty({}, 'route', {
      get: () => {
        throw new Error('not now');
      },
    });
    assert.equal(routeOf(undefined, '/announced', broken as never), '/announced');
    assert.equal(routeOf(undefined, undefined, broken as never), undefined);
  });
});
