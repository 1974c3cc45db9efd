// What Next.js 14 to 16 leave on a request; the real ones are started in test/lanes and test/examples.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nextRoute } from '../../../src/http/route/next-route.ts';
import type { TestOwner } from '../../support/owner.ts';

const META = Symbol.for('NextInternalRequestMeta');
const SERVERS = Symbol.for('@next/router-server-methods');

type Case = readonly [title: string, request: object, route: string | undefined];

interface Matched {
  readonly pathname: unknown;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly i18n?: object;
  readonly more?: object;
}

const matched = ({ pathname, params, i18n, more }: Matched): object => ({
  [META]: { match: { definition: { pathname, i18n }, params }, ...more },
});

/** As the servers of Next.js from 15.4 on do. */
function offer(owner: TestOwner, servers: object): void {
  Object.assign(globalThis, { [SERVERS]: servers });
  owner.after(async () => {
    Reflect.deleteProperty(globalThis, SERVERS);
  });
}

const server = (basePath: string): object => ({ nextConfig: { basePath } });

describe('the route of a Next.js request, from 15.4 on', () => {
  const cases: readonly Case[] = [
    ['a template', matched({ pathname: '/orders/[id]' }), '/orders/[id]'],
    ['a template that takes the rest', matched({ pathname: '/files/[...path]' }), '/files/[...path]'],
    ['a fixed page', matched({ pathname: '/' }), '/'],
    ['no page found, App Router', matched({ pathname: '/_not-found' }), undefined],
    ['no page found, Pages Router', matched({ pathname: '/404' }), undefined],
    [
      'a page that finds nothing',
      matched({ pathname: '/_not-found', more: { invokeOutput: '/shop/[slug]' } }),
      '/shop/[slug]',
    ],
    ['the same without a page for that', { [META]: { invokeOutput: '/shop/[slug]' } }, '/shop/[slug]'],
    ['an error page', matched({ pathname: '/_error' }), undefined],
    ['a page without a path', matched({ pathname: undefined }), undefined],
    ['something else in its place', matched({ pathname: 42 }), undefined],
    ['a static file: nothing matched', { [META]: { invokePath: '/_next/static/a.js' } }, undefined],
    ['a match without a definition', { [META]: { match: null } }, undefined],
    ['no Next.js', { url: '/orders/42' }, undefined],
    [
      'mounted in an Express application',
      { ...matched({ pathname: '/orders/[id]' }), baseUrl: '/shop' },
      undefined,
    ],
    ['handed on by an Express application', { ...matched({ pathname: '/a' }), baseUrl: '' }, '/a'],
  ];

  for (const [title, request, route] of cases) {
    test(title, (t) => {
      offer(t, { '': server('') });
      assert.equal(nextRoute(request), route);
    });
  }

  test('a base path', (t) => {
    offer(t, { '': server('/docs') });
    assert.equal(nextRoute(matched({ pathname: '/orders/[id]' })), '/docs/orders/[id]');
    assert.equal(nextRoute(matched({ pathname: '/' })), '/docs');
  });

  test('two applications in one process', (t) => {
    offer(t, { 'apps/shop': server('/shop'), 'apps/docs': server('/docs') });
    const page = (more: object): object => matched({ pathname: '/[id]', more });
    assert.equal(nextRoute(page({ relativeProjectDir: 'apps/docs' })), '/docs/[id]');
    assert.equal(nextRoute(page({})), undefined);
  });
});

describe('the route of a Next.js request before 15.4, where nothing shows the base path', () => {
  const cases: readonly Case[] = [
    [
      'a page that takes the whole path',
      matched({ pathname: '/orders/[id]', params: { id: '42' }, more: { invokePath: '/orders/42/' } }),
      '/orders/[id]',
    ],
    [
      'a page after a base path',
      matched({ pathname: '/orders/[id]', params: { id: '42' }, more: { invokePath: '/docs/orders/42' } }),
      undefined,
    ],
    [
      'the rest of a path',
      matched({
        pathname: '/files/[...path]',
        params: { path: ['a', 'b'] },
        more: { invokePath: '/files/a/b' },
      }),
      '/files/[...path]',
    ],
    [
      'the rest of a path after a base path',
      matched({ pathname: '/[...path]', params: { path: ['a', 'b'] }, more: { invokePath: '/docs/a/b' } }),
      undefined,
    ],
    [
      'a rest that may be empty',
      matched({ pathname: '/files/[[...path]]', params: {}, more: { invokePath: '/files' } }),
      '/files/[[...path]]',
    ],
    [
      'after a locale',
      matched({
        pathname: '/shop/[slug]',
        params: { slug: 'a' },
        i18n: {},
        more: { invokePath: '/fr/shop/a' },
      }),
      '/shop/[slug]',
    ],
    ['without the path', matched({ pathname: '/orders' }), undefined],
  ];

  for (const [title, request, route] of cases) test(title, () => assert.equal(nextRoute(request), route));
});
