// The frameworks, and the route of each request to them: without an instrumentation, and with that of the framework.

/** Without an instrumentation and with it, where that is not the same. */
type Route =
  | string
  | undefined
  | { readonly without: string | undefined; readonly instrumented: string | undefined };

/** A path, or a method and a path; the status of the response; the route. */
export type Row = readonly [request: string, status: number, route: Route];

export interface Framework {
  /** With its version. */
  readonly name: string;
  /** What is started: a file of the fixtures, or Next.js. */
  readonly start: 'express' | 'fastify' | 'koa' | 'hapi' | 'hono' | 'nest' | 'next';
  readonly dependencies: Readonly<Record<string, string>>;
  readonly overrides?: Readonly<Record<string, string>>;
  /** Packages of instrumentations and their classes, besides HttpInstrumentation. */
  readonly instrumentations: readonly (readonly [name: string, version: string, className: string])[];
  readonly env?: Readonly<Record<string, string>>;
  readonly instrumentedEnv?: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
}

const EXPRESS_OTEL = ['@opentelemetry/instrumentation-express', '0.71.1', 'ExpressInstrumentation'] as const;
const FASTIFY_OTEL = ['@fastify/otel', '0.21.2', 'FastifyOtelInstrumentation'] as const;
const NEST_OTEL = ['@opentelemetry/instrumentation-nestjs-core', '0.70.0', 'NestInstrumentation'] as const;

const NUMBERED = '/^\\/\\d+/users/:id';

/** @param keepsPaths whether the layers of its router show what a RegExp is */
const express = (
  version: string,
  overrides: Readonly<Record<string, string>> = {},
  keepsPaths = true,
): Framework => ({
  name: `express-${version}${overrides.router === undefined ? '' : `-router-${overrides.router}`}`,
  start: 'express',
  dependencies: { express: version },
  overrides,
  instrumentations: [EXPRESS_OTEL],
  rows: [
    ['/items/42', 200, '/items/:id'],
    ['/api/v1/items/42', 200, '/api/:version/items/:id'],
    ['/api/api/items/42', 200, '/api/:version/items/:id'],
    ['/api/v1/broken/42', 500, '/api/:version/broken/:id'],
    ['/shop/shop/items/items', 200, '/shop/:tenant/items/:id'],
    ['/v2/users/7', 200, { without: '/v2/users/:id', instrumented: '/v1,/v2/users/:id' }],
    ['/v1/users/7', 200, { without: '/v1/users/:id', instrumented: '/v1,/v2/users/:id' }],
    ['/4711/users/7', 200, { without: keepsPaths ? NUMBERED : undefined, instrumented: NUMBERED }],
    ['/admin/reports/7', 200, '/admin/reports/:id'],
    ['/admin/broken/7', 500, '/admin/broken/:id'],
    // No route was matched; the instrumentation tells where its middleware is mounted.
    ['/locked/items/42', 401, { without: undefined, instrumented: '/locked' }],
    ['/nowhere/42', 404, undefined],
  ],
});

const fastify = (version: string, instrumentations: Framework['instrumentations']): Framework => ({
  name: `fastify-${version}`,
  start: 'fastify',
  dependencies: { fastify: version },
  instrumentations,
  rows: [
    ['/items/42', 200, '/items/:id'],
    ['HEAD /items/42', 200, '/items/:id'],
    ['/api/v1/items/42', 200, '/api/:version/items/:id'],
    ['/api/v1/broken/42', 500, '/api/:version/broken/:id'],
    ['/locked/42', 401, '/locked/:id'],
    ['/forbidden/42', 403, '/forbidden/:id'],
    ['/numbers/none', 400, '/numbers/:n'],
    ['POST /items', 413, '/items'],
    ['/nowhere/42', 404, undefined],
  ],
});

const next = (version: string, react: string, basePath: string): Framework => ({
  name: `next-${version}`,
  start: 'next',
  dependencies: { next: version, react, 'react-dom': react },
  instrumentations: [],
  env: { LANE_BASE_PATH: basePath },
  rows: [
    [`${basePath}/orders/42`, 200, `${basePath}/orders/[id]`],
    [`${basePath}/orders/locked`, 401, `${basePath}/orders/[id]`],
    [`${basePath}/orders/broken`, 500, `${basePath}/orders/[id]`],
    [`${basePath}/old/42`, 200, `${basePath}/orders/[id]`],
    [`${basePath}/files/a/b`, 200, `${basePath}/files/[...path]`],
    [`${basePath}/view/one`, 200, `${basePath}/view/[name]`],
    [`${basePath}/view/gone`, 404, `${basePath}/view/[name]`],
    [`${basePath}/shop/one`, 200, `${basePath}/shop/[name]`],
    [`${basePath}/shop/gone`, 404, `${basePath}/shop/[name]`],
    [`${basePath}/shop/broken`, 500, `${basePath}/shop/[name]`],
    [`${basePath}/nowhere`, 404, undefined],
  ],
});

const NEST_ROWS: readonly Row[] = [
  ['/api/v1/items/42', 200, '/api/v1/items/:id'],
  ['/api/v1/items/42/broken', 500, '/api/v1/items/:id/broken'],
  ['/api/v1/items/42/locked', 403, '/api/v1/items/:id/locked'],
  ['/api/v1/nowhere', 404, undefined],
];

const nest = (adapter: 'express' | 'fastify'): Framework => ({
  name: `nest-11-${adapter}`,
  start: 'nest',
  dependencies: {
    '@nestjs/common': '11.2.10',
    '@nestjs/core': '11.2.10',
    [`@nestjs/platform-${adapter}`]: adapter === 'express' ? '11.2.10' : '11.2.8',
    'reflect-metadata': '0.2.2',
    rxjs: '7.8.2',
  },
  instrumentations: [NEST_OTEL, adapter === 'express' ? EXPRESS_OTEL : FASTIFY_OTEL],
  env: { LANE_ADAPTER: adapter },
  rows: NEST_ROWS,
});

const koa = (name: string, dependencies: Readonly<Record<string, string>>): Framework => ({
  name,
  start: 'koa',
  dependencies,
  instrumentations: [['@opentelemetry/instrumentation-koa', '0.71.0', 'KoaInstrumentation']],
  rows: [
    ['/items/42', 200, '/items/:id'],
    ['/api/v1/items/42', 200, '/api/:version/items/:id'],
    ['/api/v1/broken/42', 500, '/api/:version/broken/:id'],
    ['/api/v1/locked/42', 401, '/api/:version/locked/:id'],
    ['/closed/42', 401, undefined],
    ['/nowhere/42', 404, undefined],
  ],
});

const hono = (name: string, dependencies: Readonly<Record<string, string>>): Framework => ({
  name,
  start: 'hono',
  dependencies,
  instrumentations: [],
  ...('@hono/otel' in dependencies ? { instrumentedEnv: { LANE_HONO_OTEL: 'yes' } } : {}),
  rows: [
    ['/items/42', 200, '/items/:id'],
    ['/api/v1/items/42', 200, '/api/:version/items/:id'],
    ['/api/v1/broken/42', 500, '/api/:version/broken/:id'],
    ['/locked/42', 401, undefined],
    ['/nowhere/42', 404, undefined],
  ],
});

export const FRAMEWORKS: readonly Framework[] = [
  express('4.17.3'),
  express('4.22.3'),
  express('5.0.1', { router: '2.0.0', 'path-to-regexp': '8.0.0' }, false),
  express('5.1.0', { router: '2.2.0' }, false),
  express('5.3.0'),
  // @fastify/otel fails there: it reads what came with 4.10.
  fastify('4.0.0', []),
  fastify('4.29.1', [FASTIFY_OTEL]),
  fastify('5.12.8', [FASTIFY_OTEL]),
  koa('koa-2-router-12', { koa: '2.16.4', '@koa/router': '12.0.2' }),
  koa('koa-2-koa-router-12', { koa: '2.16.4', 'koa-router': '12.0.1' }),
  koa('koa-3-router-13', { koa: '3.3.0', '@koa/router': '13.1.1' }),
  koa('koa-3-router-14', { koa: '3.3.0', '@koa/router': '14.0.0' }),
  koa('koa-3', { koa: '3.3.0', '@koa/router': '15.7.0' }),
  {
    name: 'hapi-21',
    start: 'hapi',
    dependencies: { '@hapi/hapi': '21.4.10' },
    instrumentations: [['@opentelemetry/instrumentation-hapi', '0.69.0', 'HapiInstrumentation']],
    rows: [
      ['/items/42', 200, '/items/{id}'],
      // Its instrumentation leaves out the prefix of a plugin.
      ['/api/v1/items/42', 200, { without: '/api/{version}/items/{id}', instrumented: '/items/{id}' }],
      ['/api/v1/broken/42', 500, { without: '/api/{version}/broken/{id}', instrumented: '/broken/{id}' }],
      ['/locked/42', 401, '/locked/{id}'],
      ['/nowhere/42', 404, undefined],
    ],
  },
  hono('hono-4.0', { hono: '4.0.0', '@hono/node-server': '1.19.19' }),
  hono('hono-4', { hono: '4.13.19', '@hono/node-server': '2.1.9', '@hono/otel': '1.1.2' }),
  nest('express'),
  nest('fastify'),
  next('14.2.35', '18.3.1', ''),
  next('15.5.29', '19.3.1', '/docs'),
  next('16.4.6', '19.3.1', '/docs'),
];
