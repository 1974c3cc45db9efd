import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { after, before, test } from 'node:test';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { isTracingSuppressed } from '@opentelemetry/core';
import { startScriptedReceiver } from '../../support/scripted-receiver.ts';
import {
  ACCEPTED,
  encodedExport,
  PATIENCE_MS,
  PROTOCOLS,
  startTransport,
} from './support/scripted-receivers.ts';

const ofApplication = new AsyncLocalStorage<string>();
before(() => context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
after(() => context.disable());

for (const protocol of PROTOCOLS) {
  test(`over ${protocol} it belongs to no request, and makes no spans`, async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol });
    const { transport } = startTransport(t, protocol, receiver.endpoint);
    const seen: unknown[] = [];
    const look = (): void => {
      seen.push([ofApplication.getStore(), isTracingSuppressed(context.active())]);
    };
    const channels = ['net.client.socket', 'http.client.request.start'];
    for (const channel of channels) subscribe(channel, look);
    t.after(() => {
      for (const channel of channels) unsubscribe(channel, look);
    });
    await ofApplication.run('request', async () => {
      await context.with(ROOT_CONTEXT, async () => {
        assert.deepEqual(await transport.send([encodedExport('a')], PATIENCE_MS), ACCEPTED);
        // And the caller is where it was.
        assert.deepEqual(
          [ofApplication.getStore(), isTracingSuppressed(context.active())],
          ['request', false],
        );
      });
    });
    const outside = [undefined, true];
    assert.deepEqual(seen, protocol === 'grpc' ? [outside] : [outside, outside]);
  });
}
