// What Next.js 16.4 leaves on a request; the real one is started in test/examples.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nextRoute } from '../../src/http/next-route.ts';

const META = Symbol.for('NextInternalRequestMeta');

describe('the route of a Next.js request', () => {
  const matched = (pathname: unknown): object => ({ [META]: { match: { definition: { pathname } } } });

  const cases: readonly (readonly [title: string, request: object, route: string | undefined])[] = [
    ['a template', matched('/orders/[id]'), '/orders/[id]'],
    ['a template that takes the rest', matched('/files/[...path]'), '/files/[...path]'],
    ['a fixed page', matched('/'), '/'],
    ['no page found, App Router', matched('/_not-found'), undefined],
    ['no page found, Pages Router', matched('/404'), undefined],
    ['an error page', matched('/_error'), undefined],
    ['a page without a path', matched(undefined), undefined],
    ['something else in its place', matched(42), undefined],
    ['a static file: nothing matched', { [META]: { invokePath: '/_next/static/a.js' } }, undefined],
    ['a match without a definition', { [META]: { match: null } }, undefined],
    ['no Next.js', { url: '/orders/42' }, undefined],
  ];

  for (const [title, request, route] of cases) {
    test(title, () => assert.equal(nextRoute(request), route));
  }
});
