// The open exchanges of a process, while code that goes through them ends some.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerHttp2Stream } from 'node:http2';
import { describe, test } from 'node:test';
import { ObservedRequest } from '../../src/http/observed-request.ts';
import { OpenExchanges } from '../../src/http/open-exchanges.ts';
import { noIds } from '../../src/http/trace/trace-context.ts';
import { connection } from '../record/support/exchange-factory.ts';
import { clientOf, serveH2c } from './http2/support/servers.ts';
import { Observed } from './support/observed.ts';

class OpenExchange extends ObservedRequest {
  readonly connection = connection();
  readonly ended = false;

  constructor(target: string) {
    super(noIds, 0);
    this.target = target;
  }

  protected override readSoFar(): undefined {
    return undefined;
  }

  override endWithProcess(): void {}
}

/** `/0` to `/4`, all open. */
function scene() {
  const open = new OpenExchanges();
  const exchanges = [0, 1, 2, 3, 4].map((index) => new OpenExchange(`/${index}`));
  for (const exchange of exchanges) open.add(exchange);
  return { open, exchanges };
}

const ALL = ['/0', '/1', '/2', '/3', '/4'];

describe('going through the open exchanges', () => {
  for (const [name, ended, expected] of [
    ['none ends', [], ALL],
    ['the current one ends', [1], ALL],
    ['the next one ends', [2], ['/0', '/1', '/3', '/4']],
    ['the current one and the next one end', [1, 2], ['/0', '/1', '/3', '/4']],
    ['the next ones end, the nearest last', [3, 2], ['/0', '/1', '/4']],
    ['the next ones end, the nearest first', [2, 3], ['/0', '/1', '/4']],
    ['all end', [0, 1, 2, 3, 4], ['/0', '/1']],
    ['earlier ones end', [0], ALL],
  ] as const) {
    test(`while it is at the second, ${name}: those that are open still are visited`, () => {
      const { open, exchanges } = scene();
      const visited: string[] = [];
      for (const { target } of open) {
        visited.push(target);
        if (target !== '/1') continue;
        for (const index of ended) open.remove(exchanges[index] as OpenExchange);
      }
      assert.deepEqual(visited, expected);
      assert.equal(open.count, 5 - ended.length);
    });
  }

  test('twice at once, and given up in the middle', () => {
    const { open, exchanges } = scene();
    const visited: string[] = [];
    for (const outer of open) {
      visited.push(outer.target);
      if (outer.target !== '/1') continue;
      for (const inner of open) {
        if (inner.target !== '/2') continue;
        open.remove(inner);
        break;
      }
      open.remove(exchanges[3] as OpenExchange);
    }
    assert.deepEqual(visited, ['/0', '/1', '/4']);
    open.clear();
    assert.deepEqual([[...open], open.count], [[], 0]);
  });
});

test('a hook that destroys other streams at the end of the process leaves none without a record', async (t) => {
  const streams: ServerHttp2Stream[] = [];
  const served = await serveH2c(t, (server) =>
    server.on('stream', (stream) => {
      streams.push(stream.on('error', () => undefined));
      stream.respond({ ':status': 200 });
      stream.write('begun');
    }),
  );
  const observed: Observed = new Observed(t, {
    onEnd: (exchange) => {
      observed.exchanges.push(exchange);
      streams[1]?.destroy();
    },
  });
  const client = await clientOf(t, served);
  for (const path of ['/0', '/1', '/2', '/3']) {
    const stream = client.request({ ':path': path }).on('error', () => undefined);
    await once(stream, 'data');
  }
  observed.observer.endWithProcess({ outcome: 'aborted', errorCode: 'SIGTERM' }, performance.now());
  assert.deepEqual(observed.exchanges.map(({ target }) => target).sort(), ['/0', '/1', '/2', '/3']);
  assert.deepEqual([observed.observer.openExchanges, observed.errors], [0, []]);
});
