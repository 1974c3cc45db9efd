import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Context, ROOT_CONTEXT } from '@opentelemetry/api';
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

function route(
  handlerContext: Context | undefined,
  announcedRoute: string | undefined,
  request: object,
  handled?: () => string,
): string | undefined {
  const readRoute = handled && ((): string => handled());
  return routeOf(
    { handlerContext, announcedRoute, handledAs: handled && {}, readRoute, target: '/x' },
    request,
  );
}

describe('which route counts', () => {
  test('what an instrumentation wrote into the RPC metadata comes first', () => {
    const context = setRPCMetadata(ROOT_CONTEXT, metadata);
    assert.equal(route(context, '/announced', next), '/told');
  });

  test('an empty one is none', () => {
    const context = setRPCMetadata(ROOT_CONTEXT, { ...metadata, route: '' });
    assert.equal(route(context, undefined, express), '/x');
  });

  test('that of Next.js, which Fastify or Express hands everything to', () => {
    assert.equal(route(undefined, '/*', next), '/[id]');
    assert.equal(route(undefined, undefined, next), '/[id]');
  });

  test('what was announced, then what Express left', () => {
    assert.equal(route(undefined, '/announced', express), '/announced');
    assert.equal(route(undefined, undefined, express), '/x');
  });

  test('what another framework keeps comes last', () => {
    assert.equal(
      route(undefined, undefined, {}, () => '/kept'),
      '/kept',
    );
    assert.equal(
      route(undefined, undefined, express, () => '/kept'),
      '/x',
    );
  });

  test('a request that cannot be read', () => {
    const broken = Object.defineProperty({}, 'route', {
      get: () => {
        throw new Error('not now');
      },
    });
    assert.equal(route(undefined, '/announced', broken), '/announced');
    assert.equal(route(undefined, undefined, broken), undefined);
  });
});
