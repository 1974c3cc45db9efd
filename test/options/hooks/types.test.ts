// The types of hooks, as an application has them. Checked by the compiler; what is wrong must be an error there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccessLogOptions, Exchange, Hooks, HttpMessages } from '../../../src/index.ts';

const hooks = {
  skip: ({ userAgent }) => userAgent?.startsWith('kube-probe/') ?? false,
  attributes(exchange, { request, response, stream }) {
    const user: unknown = request !== undefined && 'user' in request ? request.user : undefined;
    return {
      'app.user': typeof user === 'string' ? user : undefined,
      'app.locale': response?.getHeader('content-language')?.toString(),
      'app.pushed': stream?.pushAllowed,
      'app.outcome': exchange.outcome,
    };
  },
  onLost: (counts) => counts.reduce((sum, { count }) => sum + count, 0),
  onMode: (mode, reason) => void `${mode} ${reason}`,
} satisfies Hooks;

const wrong = {
  // @ts-expect-error: an answer that is a promise comes too late
  skip: async () => true,
  // @ts-expect-error: no attribute can hold a function
  attributes: () => ({ 'app.x': () => 1 }),
} satisfies Hooks;

// @ts-expect-error: no such hook
const unknown = { skips: () => true } satisfies Hooks;

const skip = ((exchange: Exchange, { request }: HttpMessages) =>
  request?.headers['x-probe'] !== undefined && exchange.method === 'GET') satisfies Hooks['skip'];

test('hooks of a module are hooks of options, too', () => {
  const options: AccessLogOptions = { ...hooks, skip };
  assert.equal(typeof options.skip, 'function');
  assert.equal(Object.keys({ ...wrong, ...unknown }).length, 3);
});
