// What senders see when the receiver ends.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { describe, type TestContext, test } from 'node:test';
import type { Answer } from '../../../src/cli/receiver/otlp-receiver.ts';
import { framed, postGrpc } from '../../support/grpc-post.ts';
import { attribute, exportOf, recordOf } from '../../support/protobuf-bytes.ts';
import { startTestReceiver } from '../../support/receiver.ts';

const MESSAGE = exportOf(recordOf(attribute('a', 'b')));
/** Longer than a test takes. */
const GRACE_MS = 60_000;

/** A receiver that answers when it is told to. */
async function startSlowReceiver(t: TestContext) {
  const receiver = await startTestReceiver(t);
  const answers: ((answer: Answer) => void)[] = [];
  receiver.answerWith(() => new Promise((resolve) => answers.push(resolve)));
  const answer = (): void => {
    for (const one of answers) one({});
  };
  return { receiver, answer };
}

async function postHttp(endpoint: string): Promise<number> {
  const headers = { 'content-type': 'application/x-protobuf' };
  const response = await fetch(`${endpoint}/v1/logs`, { method: 'POST', body: MESSAGE, headers });
  await response.arrayBuffer();
  return response.status;
}

describe('at its end the receiver', () => {
  test('sends GOAWAY without an error to senders of gRPC that wait', async (t) => {
    const receiver = await startTestReceiver(t);
    const session = connect(receiver.grpcEndpoint);
    t.after(() => session.destroy());
    await once(session, 'remoteSettings');
    const errors: unknown[] = [];
    session.on('error', (error) => errors.push(error));
    const [[code], ,] = await Promise.all([
      once(session, 'goaway'),
      once(session, 'close'),
      receiver.close(GRACE_MS),
    ]);
    assert.deepEqual([code, errors], [0, []]);
  });

  test('answers the exports that are under way', async (t) => {
    const { receiver, answer } = await startSlowReceiver(t);
    const posted = Promise.all([
      postGrpc(t, receiver.grpcEndpoint, framed(MESSAGE)),
      postHttp(receiver.httpEndpoint),
    ]);
    await receiver.waitForRequests(2);
    const closed = receiver.close(GRACE_MS);
    answer();
    assert.deepEqual(await posted, [{ status: 0, message: '' }, 200]);
    await closed;
  });

  test('waits no longer than it was given', async (t) => {
    const { receiver } = await startSlowReceiver(t);
    const posted = Promise.allSettled([
      postGrpc(t, receiver.grpcEndpoint, framed(MESSAGE)),
      postHttp(receiver.httpEndpoint),
    ]);
    await receiver.waitForRequests(2);
    await receiver.close(10);
    const [grpc, http] = await posted;
    assert.deepEqual(
      [grpc, http.status],
      [{ status: 'fulfilled', value: { status: undefined, message: '' } }, 'rejected'],
    );
  });
});
