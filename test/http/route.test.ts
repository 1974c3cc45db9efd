import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { type RPCMetadata, RPCType, setRPCMetadata } from '@opentelemetry/core';
import { routeOf } from '../../src/http/route.ts';

test('what an instrumentation wrote into the RPC metadata comes first', () => {
  const metadata: RPCMetadata = { type: RPCType.HTTP, span: undefined as never, route: '/told' };
  const request = { baseUrl: '', originalUrl: '/x', url: '/x', route: { path: '/x' } };
  const withMetadata = setRPCMetadata(ROOT_CONTEXT, metadata);
  assert.equal(routeOf(withMetadata, '/announced', request as never), '/told');
  assert.equal(
    routeOf(setRPCMetadata(ROOT_CONTEXT, { ...metadata, route: '' }), undefined, request as never),
    '/x',
  );
  assert.equal(routeOf(undefined, undefined, request as never), '/x');
});
