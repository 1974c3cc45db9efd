import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hang, startScriptedReceiver } from '../../support/scripted-receiver.ts';
import {
  ACCEPTED,
  assertRefused,
  encodedExport,
  PATIENCE_MS,
  PROTOCOLS,
  startTransport,
} from './support/scripted-receivers.ts';

const MESSAGE = encodedExport('a');

for (const protocol of PROTOCOLS) {
  describe(`cancel over ${protocol}`, () => {
    test('answers what is under way, and leaves the transport as it was', async (t) => {
      const receiver = await startScriptedReceiver(t, { protocol });
      const { transport } = startTransport(t, protocol, receiver.endpoint);
      transport.cancel('nothing is under way');
      receiver.next(hang(), hang());
      const answers = [transport.send([MESSAGE], PATIENCE_MS), transport.send([MESSAGE], PATIENCE_MS)];
      await receiver.until(() => receiver.requests[1], 'two requests');
      transport.cancel('no time left');
      for (const answer of answers)
        await assertRefused(answer, { remedy: 'wait', errorType: 'CANCELLED' }, /no time left/);
      assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
    });
  });
}
