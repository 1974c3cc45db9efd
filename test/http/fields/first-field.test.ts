// The first field of a process is created while requests are open: until then nothing is done for fields.
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { context } from '@opentelemetry/api';
import { RPCType, setRPCMetadata } from '@opentelemetry/core';
import { createField, note } from '../../../src/fields/fields.ts';
import { exchangeOf } from '../../../src/http/http1/exchange-slot.ts';
import { RawClient, requestText } from '../../support/raw-client.ts';
import { manageContexts, Observed, serve } from '../support/observed.ts';

test('a request that is open when the first field is created, or the first note written, has it', async (t) => {
  manageContexts(t);
  const observed = new Observed(t);
  const open: [IncomingMessage, () => void][] = [];
  let created: ReturnType<typeof createField> | undefined;
  let inContext: ReturnType<typeof createField> | undefined;
  const { server, port } = await serve(t, {}, (request, response) => {
    assert.equal(exchangeOf(request) !== undefined, created !== undefined, 'only once there are fields');
    const now = context.active();
    open.push([request, () => context.with(now, () => inContext?.set(`context of ${request.url}`))]);
    if (open.length < 3) return;
    created = createField('first');
    inContext = createField('first.by.context');
    for (const [one, set] of open) {
      created.set(one, String(one.url));
      set();
      note(one, 'noted');
    }
    response.end();
    client.destroy();
    others.destroy();
  });
  // As HttpInstrumentation does.
  const { emit } = server;
  server.emit = (event: string, ...args: unknown[]) => {
    const call = (): boolean => Reflect.apply(emit, server, [event, ...args]);
    if (event !== 'request') return call();
    const metadata = { type: RPCType.HTTP, span: undefined as never } as const;
    return context.with(setRPCMetadata(context.active(), metadata), call);
  };
  const client = await RawClient.connect(t, { port });
  const others = await RawClient.connect(t, { port });
  await client.pipeline([requestText('/0'), requestText('/1')]);
  await others.send(requestText('/2'));
  const exchanges = await observed.ended(3);
  assert.deepEqual(observed.errors, []);
  for (const { fields, target } of exchanges) {
    assert.equal(fields?.valueOf('first'), target);
    assert.equal(fields?.valueOf('first.by.context'), `context of ${target}`);
    assert.deepEqual(fields?.notes, ['noted']);
  }
});
