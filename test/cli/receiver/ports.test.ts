import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { startReceiver, startReceiverNear } from '../../../src/cli/receiver/otlp-receiver.ts';
import { firstFreePort, stepOverPortsInUse } from '../../../src/cli/receiver/ports.ts';

const HOST = '127.0.0.1';

/** A port that is in use until the test ends. */
async function usedPort(t: TestContext): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}

function portInUse(): Error {
  return Object.assign(new Error('in use'), { code: 'EADDRINUSE' });
}

describe('ports in use', () => {
  test('are stepped over, by the step', async () => {
    const tried: number[] = [];
    const found = await stepOverPortsInUse(
      async (offset) => {
        tried.push(offset);
        if (offset < 20) throw portInUse();
        return offset;
      },
      { step: 10 },
    );
    assert.equal(found, 20);
    assert.deepEqual(tried, [0, 10, 20]);
  });

  test('are given up after the last attempt', async () => {
    let attempts = 0;
    const start = async (): Promise<never> => {
      attempts++;
      throw portInUse();
    };
    await assert.rejects(stepOverPortsInUse(start, { attempts: 3 }), { code: 'EADDRINUSE' });
    assert.equal(attempts, 3);
  });

  test('are the only failure that is stepped over', async () => {
    let attempts = 0;
    const start = async (): Promise<never> => {
      attempts++;
      throw new Error('another one');
    };
    await assert.rejects(stepOverPortsInUse(start), { message: 'another one' });
    assert.equal(attempts, 1);
  });

  test('a free port is found past one in use', async (t) => {
    const used = await usedPort(t);
    assert.ok((await firstFreePort(HOST, used)) > used);
  });

  for (const transport of ['grpcPort', 'httpPort'] as const) {
    test(`a receiver says EADDRINUSE for its ${transport}, and leaves the other port`, async (t) => {
      const used = await usedPort(t);
      const ports = { grpcPort: 0, httpPort: 0, [transport]: used };
      await assert.rejects(startReceiver({ ...ports, onRecord: () => undefined }), { code: 'EADDRINUSE' });
    });

    test(`a receiver moves both ports on where its ${transport} is in use`, async (t) => {
      const used = await usedPort(t);
      const ports =
        transport === 'grpcPort'
          ? { grpcPort: used, httpPort: used + 1 }
          : { grpcPort: used - 1, httpPort: used };
      const receiver = await startReceiverNear({ ...ports, onRecord: () => undefined });
      t.after(() => receiver.close());
      const offset = receiver.grpcPort - ports.grpcPort;
      assert.equal(receiver.httpPort - ports.httpPort, offset);
      assert.ok(offset >= 10 && offset % 10 === 0, `moved by ${offset}`);
    });
  }
});
