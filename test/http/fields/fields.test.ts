// Fields and notes of real requests: which exchange they reach, and what is kept of them.
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { createField, type Field, type FieldValue, note } from '../../../src/fields/fields.ts';
import type { ObservedExchange } from '../../../src/http/observed-exchange.ts';
import { RawClient, requestText } from '../../support/raw-client.ts';
import { clientOf, request as requestHttp2, serveH2c } from '../http2/support/servers.ts';
import { listen, Observed, serve } from '../support/observed.ts';

const tenant = createField('app.tenant');
const UPGRADE = { Connection: 'Upgrade', Upgrade: 'echo' };

interface Scene {
  readonly observed: Observed;
  readonly client: RawClient;
  /** How many values were dropped. */
  readonly dropped: () => number;
}

async function scene(t: TestContext, handler: RequestListener): Promise<Scene> {
  let dropped = 0;
  const observed = new Observed(t, {
    onDropped: (what) => {
      if (what === 'fields') dropped += 1;
    },
  });
  const { port } = await serve(t, {}, handler);
  return { observed, client: await RawClient.connect(t, { port }), dropped: () => dropped };
}

/** What one request leaves on its exchange. */
async function handled(
  t: TestContext,
  handler: RequestListener,
): Promise<Scene & { exchange: ObservedExchange }> {
  const made = await scene(t, (request, response) => {
    handler(request, response);
    response.end();
  });
  await made.client.send(requestText('/'));
  const [exchange] = await made.observed.ended(1);
  assert.ok(exchange !== undefined);
  assert.deepEqual(made.observed.errors, []);
  return { ...made, exchange };
}

function fieldsOf({ fields }: ObservedExchange): object | undefined {
  return fields && Object.fromEntries(fields.definitions.map(({ name }, at) => [name, fields.values[at]]));
}

describe('a field reaches the exchange', () => {
  class Accessors {
    readonly #request: IncomingMessage;
    constructor(request: IncomingMessage) {
      this.#request = request;
    }
    get raw(): never {
      throw new Error('not now');
    }
    get stream(): never {
      throw new Error('not now');
    }
    get req(): IncomingMessage {
      return this.#request;
    }
  }
  const targets: readonly [string, (request: IncomingMessage, response: ServerResponse) => object][] = [
    ['of the request', (request) => request],
    ['of the response', (_request, response) => response],
    ['of a request of Fastify, as raw', (request) => ({ raw: request })],
    ['of a reply of Fastify, as raw', (_request, response) => ({ raw: response })],
    ['of a context of Koa, as req', (request) => ({ req: request })],
    ['of a request of hapi, as raw.req', (req, res) => ({ raw: { req, res } })],
    [
      'of a context of Hono, as env.incoming',
      (incoming) => ({ req: { raw: new Request('http://x/') }, env: { incoming } }),
    ],
    ['below accessors that throw', (request) => new Accessors(request)],
    [
      'of an object that inherits from the request',
      (request) => ({ raw: Object.setPrototypeOf({ raw: request }, request) }),
    ],
  ];
  for (const [name, targetOf] of targets) {
    test(name, async (t) => {
      let got: unknown;
      const { exchange, dropped } = await handled(t, (request, response) => {
        const target = targetOf(request, response);
        tenant.set(target, 'acme');
        got = tenant.get(target);
      });
      assert.deepEqual(fieldsOf(exchange), { 'app.tenant': 'acme' });
      assert.equal(got, 'acme');
      assert.equal(dropped(), 0);
    });
  }

  for (const [name, target] of [
    ['three levels below', (request: IncomingMessage) => ({ raw: { raw: { raw: request } } })],
    ['under another name', (request: IncomingMessage) => ({ message: request })],
    [
      'behind a proxy that throws',
      () => new Proxy({}, { get: () => assert.fail(), has: () => assert.fail() }),
    ],
    ['of an object of nobody', () => ({})],
    ['of undefined', () => undefined as never],
    ['of a text', () => 'x' as never],
  ] as const) {
    test(`not ${name}: dropped, and counted`, async (t) => {
      const { exchange, dropped } = await handled(t, (request) => {
        tenant.set(target(request), 'acme');
        note(target(request), 'seen');
        assert.equal(tenant.get(target(request)), undefined);
      });
      assert.equal(exchange.fields, undefined);
      assert.equal(dropped(), 2);
    });
  }

  test('of an upgrade, while it lasts', async (t) => {
    const server = createServer((_request, response) => response.end());
    const earlier: IncomingMessage[] = [];
    server.prependListener('request', (request) => earlier.push(request));
    server.on('upgrade', (request, socket) => {
      tenant.set(request, 'acme');
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
      socket.on('data', () => {
        note({ raw: request }, 'a frame');
        // The exchange of this one has ended.
        tenant.set(earlier[0] as IncomingMessage, 'late');
        socket.end();
      });
    });
    let dropped = 0;
    const observed = new Observed(t, { onDropped: () => dropped++ });
    const port = await listen(t, server);
    const client = await RawClient.connect(t, { port });
    await client.send(requestText('/before'));
    await client.responses(1);
    await client.send(requestText('/', { headers: UPGRADE }));
    await client.receiveUntil('101 Switching');
    await client.send('frame');
    await client.closed();
    const [before, upgrade] = await observed.ended(2);
    assert.equal(before?.fields, undefined);
    assert.equal(upgrade?.outcome, 'upgraded');
    assert.deepEqual(fieldsOf(upgrade as ObservedExchange), { 'app.tenant': 'acme' });
    assert.deepEqual(upgrade?.fields?.notes, ['a frame']);
    assert.equal(dropped, 1);
  });

  test('of a CONNECT', async (t) => {
    const server = createServer();
    server.on('connect', (request, socket) => {
      tenant.set(request, 'acme');
      socket.end('HTTP/1.1 200 OK\r\n\r\n');
    });
    const observed = new Observed(t);
    const client = await RawClient.connect(t, { port: await listen(t, server) });
    await client.send(requestText('upstream:443', { method: 'CONNECT' }));
    await client.closed();
    const [exchange] = await observed.ended(1);
    assert.deepEqual(fieldsOf(exchange as ObservedExchange), { 'app.tenant': 'acme' });
  });

  test('over HTTP/2: of request, response and stream', async (t) => {
    const count = createField<number>('app.count');
    const observed = new Observed(t);
    const served = await serveH2c(t, (server) => {
      server.on('stream', (stream, headers) => {
        if (headers[':path'] === '/stream') {
          tenant.set(stream, 'of the stream');
          stream.respond({});
          stream.end();
        }
      });
      server.on('request', (request, response) => {
        if (request.url === '/stream') return;
        tenant.set(request, 'of the request');
        count.set({ raw: response }, 7);
        response.end();
      });
    });
    const session = await clientOf(t, served);
    await requestHttp2(session, { ':path': '/stream' });
    await requestHttp2(session, { ':path': '/compat' });
    const exchanges = await observed.ended(2);
    assert.deepEqual(exchanges.map(fieldsOf), [
      { 'app.tenant': 'of the stream' },
      { 'app.tenant': 'of the request', 'app.count': 7 },
    ]);
  });
});

describe('values', () => {
  const set = async <T extends FieldValue>(
    t: TestContext,
    field: Field<T>,
    ...values: readonly unknown[]
  ): Promise<readonly [kept: unknown, dropped: number]> => {
    let kept: unknown;
    const { dropped } = await handled(t, (request) => {
      for (const value of values) field.set(request, value as T);
      kept = field.get(request);
    });
    return [kept, dropped()];
  };

  const cases: readonly [
    name: string,
    field: Field<never>,
    values: readonly unknown[],
    kept: unknown,
    dropped: number,
  ][] = [
    ['take the place of the one before', createField('v.replaced'), ['a', 'b'], 'b', 0],
    ['are taken away by undefined', createField('v.undefined'), ['a', undefined], undefined, 0],
    ['are taken away by null', createField('v.null'), ['a', null], undefined, 0],
    ['that are undefined do nothing', createField('v.nothing'), [undefined], undefined, 0],
    ['are of the type of the first one', createField('v.first'), [1, 'x', true, ['x'], 2], 2, 3],
    ['are of that type in later exchanges too', createField('v.first'), ['x'], undefined, 1],
    [
      'are of the declared type',
      createField('v.declared', { type: 'boolean' as never }),
      ['true', 1, false],
      false,
      2,
    ],
  ];
  for (const [name, field, values, kept, dropped] of cases) {
    test(name, async (t) => assert.deepEqual(await set(t, field, ...values), [kept, dropped]));
  }

  test('that no attribute has are dropped', async (t) => {
    const revoked = Proxy.revocable([], {});
    revoked.revoke();
    const none = [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      1n,
      Symbol('x'),
      {},
      () => 1,
      ['a', 1],
      revoked.proxy,
    ];
    assert.deepEqual(await set(t, createField('v.none'), ...none), [undefined, none.length]);
  });
  test('are dropped from the 33rd field on', async (t) => {
    const { exchange, dropped } = await handled(t, (request) => {
      for (let index = 0; index < 40; index++) createField(`many.${index}`).set(request, 'x');
      createField('many.0').set(request, 'y');
    });
    assert.equal(exchange.fields?.definitions.length, 32);
    assert.equal(exchange.fields?.valueOf('many.0'), 'y');
    assert.equal(exchange.fields?.valueOf('many.32'), undefined);
    assert.equal(dropped(), 8);
  });
  test('are copies, and no longer than what masking looks at', async (t) => {
    const list = createField<readonly string[]>('v.list');
    const given = Array.from({ length: 100 }, () => 'x'.repeat(5000));
    const { exchange } = await handled(t, (request) => {
      list.set(request, given);
      tenant.set(request, `${'y'.repeat(2048)}\ud83d\ude00`);
      given[0] = 'changed';
    });
    const kept = exchange.fields?.valueOf('v.list');
    assert.deepEqual(kept, new Array(17).fill('x'.repeat(2049)));
    assert.ok(Object.isFrozen(kept));
    assert.equal(exchange.fields?.valueOf('app.tenant'), `${'y'.repeat(2048)}\ud83d`);
  });
  test('that come after the end are dropped; what was set stays to be read', async (t) => {
    let late: IncomingMessage | undefined;
    const { exchange, dropped } = await handled(t, (request) => {
      late = request;
      tenant.set(request, 'in time');
    });
    assert.ok(late !== undefined);
    tenant.set(late, 'late');
    tenant.set(late, undefined);
    note(late, 'late');
    assert.equal(tenant.get(late), 'in time');
    assert.deepEqual(fieldsOf(exchange), { 'app.tenant': 'in time' });
    assert.equal(exchange.fields?.notes, undefined);
    assert.equal(dropped(), 2);
  });
});

describe('notes', () => {
  test('are the last 16', async (t) => {
    const { exchange, dropped } = await handled(t, (request) => {
      for (let index = 0; index < 20; index++) note(request, `note ${index}`);
      note(request, 1 as never);
    });
    assert.deepEqual(
      exchange.fields?.notes,
      Array.from({ length: 16 }, (_, index) => `note ${index + 4}`),
    );
    assert.equal(dropped(), 1);
  });
  test('take 8192 characters at most', async (t) => {
    const { exchange } = await handled(t, (request) => {
      for (const letter of 'abcde') note(request, letter.repeat(100_000));
    });
    assert.deepEqual(
      exchange.fields?.notes?.map((kept) => [kept.at(0), kept.length]),
      [
        ['c', 2049],
        ['d', 2049],
        ['e', 2049],
      ],
    );
  });
});

test('pipelined requests have their own fields, in whatever order they are answered', async (t) => {
  const open: [IncomingMessage, ServerResponse][] = [];
  const { observed, client } = await scene(t, (request, response) => {
    open.push([request, response]);
    if (open.length < 50) return;
    for (const [one] of open.toReversed()) tenant.set(one, String(one.url));
    for (const [, answer] of open.toReversed()) answer.end();
  });
  await client.pipeline(Array.from({ length: 50 }, (_, index) => requestText(`/${index}`)));
  const exchanges = await observed.ended(50);
  for (const exchange of exchanges) assert.deepEqual(fieldsOf(exchange), { 'app.tenant': exchange.target });
});

test('an observer that starts again keeps fields again', async (t) => {
  const { observed, client, dropped } = await scene(t, (request, response) => {
    tenant.set(request, String(tenant.get(request)));
    response.end();
  });
  await client.send(requestText('/'));
  await observed.ended(1);
  observed.observer.disable();
  await client.send(requestText('/'));
  await client.responses(2);
  assert.equal(dropped(), 0, 'without an observer nothing is dropped');
  observed.observer.enable();
  await client.send(requestText('/'));
  const exchanges = await observed.ended(2);
  assert.deepEqual(exchanges.map(fieldsOf), [{ 'app.tenant': 'undefined' }, { 'app.tenant': 'undefined' }]);
});
