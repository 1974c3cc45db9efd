// Receivers, and proxies before them, that stop, flood or lie at each step of an export, over real sockets: every export
// ends by its time-out, every record is counted once, and delivery works again as soon as the receiver does.

import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, type TestContext, test } from 'node:test';
import { TLSSocket } from 'node:tls';
import { OtlpEncoder } from '../../src/delivery/otlp/otlp-encoder.ts';
import { startProcessTimer } from '../../src/delivery/sending/process-timers.ts';
import { StreamDelivery } from '../../src/delivery/stream/stream-delivery.ts';
import type { StreamSettings } from '../../src/delivery/stream/stream-settings.ts';
import type { Transport } from '../../src/delivery/transport/transport.ts';
import { SETTINGS, TestRecord } from '../delivery/stream/support/scene.ts';
import {
  encodedExport,
  type Protocol,
  startTransport,
  transportTo,
} from '../delivery/transport/support/scripted-receivers.ts';
import { type Certificate, selfSigned } from '../support/certificates.ts';
import { startConnectProxy } from '../support/connect-proxy.ts';
import { keepAlive } from '../support/keep-alive.ts';
import { refuse, startScriptedReceiver } from '../support/scripted-receiver.ts';
import { ANSWERING_AND_FLOODING, GRPC_ROWS } from './support/grpc-rows.ts';
import { type Behaviour, startHostilePort } from './support/hostile-port.ts';
import {
  CONNECTION_ROWS,
  HTTP_ROWS,
  PROXY_ROWS,
  type Row,
  TLS_ROWS,
  titleOf,
} from './support/receiver-rows.ts';

const TIMEOUT_MS = 150;
/** What a busy machine adds to it. */
const MARGIN_MS = 4_000;
/** A flush does not end before that where an export never ends. */
const HOPELESS_MS = 8_000;
/** A receiver is not read beyond that, whatever it sends. */
const MAX_READ_BYTES = 24 * 1024 * 1024;

interface Setup {
  readonly protocol: Protocol;
  readonly tls?: true;
  /** Whether the handshake goes well. */
  readonly isSecured?: true;
  readonly proxy?: true;
}

/** The same inside of TLS. */
function secured(behave: Behaviour, { cert, key }: Certificate): Behaviour {
  return (socket) => {
    const inside = new TLSSocket(socket, { isServer: true, cert, key, ALPNProtocols: ['h2', 'http/1.1'] });
    behave(inside.on('error', () => undefined));
  };
}

const certificate = selfSigned();
const folder = mkdtempSync(join(tmpdir(), 'receivers-'));
after(() => rm(folder, { recursive: true }));

function deliveryOver(transport: Transport, others: Partial<StreamSettings> = {}): StreamDelivery {
  return new StreamDelivery(
    // One export at a time: one that does not end would end delivery.
    { ...SETTINGS, attemptTimeoutMs: TIMEOUT_MS, maxInFlight: 1, ...others },
    transport,
    { onLost() {}, onFailure() {}, onWaiting() {}, onWarning() {} },
    {
      encoder: new OtlpEncoder(),
      now: () => performance.now(),
      // Hardly a pause between two attempts.
      random: () => 0.01,
      wallMs: () => 0,
      startTimer: startProcessTimer,
      sendLast: () => [],
      onError: (error) => assert.fail(String(error)),
    },
  );
}

async function check(
  t: TestContext,
  { protocol, tls, isSecured, proxy }: Setup,
  [step, kind, , behave, { end, recordBytes } = {}]: Row,
): Promise<void> {
  const receiver = await startScriptedReceiver(t, { protocol, ...(tls && { tls: await certificate }) });
  const onward = proxy && (await startConnectProxy(t));
  const port = await startHostilePort(
    t,
    onward?.host ?? `127.0.0.1:${receiver.port}`,
    isSecured ? secured(behave, await certificate) : behave,
  );
  const ca = join(folder, 'ca.pem');
  if (tls) writeFileSync(ca, (await certificate).cert);
  const { transport } = startTransport(
    t,
    protocol,
    proxy ? receiver.endpoint : `${tls ? 'https' : 'http'}://${port.host}`,
    {
      ...(tls && { tls: { ca, cert: undefined, key: undefined } }),
      ...(proxy && { proxy: `http://${port.host}` }),
    },
  );
  const delivery = deliveryOver(transport);
  t.after(() => delivery.shutdown());
  const emit = (body: string): void => delivery.onEmit(new TestRecord(body.padEnd(recordBytes ?? 0, '.')));
  const counts = (): readonly number[] => Object.values(delivery.counts());
  const first = recordBytes === undefined ? ['a', 'b', 'c'] : ['a'];
  for (const body of first) emit(body);

  const start = performance.now();
  await delivery.forceFlush({ timeoutMillis: HOPELESS_MS });
  const took = performance.now() - start;
  assert.ok(took < TIMEOUT_MS + MARGIN_MS, `${took} ms`);
  const kept = first.length;
  const [delivered, lost] = [end === 'delivered' ? kept : 0, end === 'lost' ? kept : 0];
  assert.deepEqual(counts(), [delivered, lost, kept - delivered - lost]);
  if (kind === 'floods' && (protocol === 'http/protobuf' || step === 'body')) {
    const sent = port.sockets.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0);
    assert.ok(sent < MAX_READ_BYTES, `${sent} bytes`);
  }

  // What was answered leaves a connection that looks as good as any.
  if (end !== undefined) for (const socket of port.sockets) socket.destroy();
  port.behave();
  emit('z');
  const giveUpMs = performance.now() + HOPELESS_MS;
  while (delivery.counts().pending > 0 && performance.now() < giveUpMs)
    await delivery.forceFlush({ timeoutMillis: HOPELESS_MS });
  assert.deepEqual(counts(), [kept + 1 - lost, lost, 0]);
  // Of what is on its way when the time is up a receiver may hear twice.
  const arrived = new Set(receiver.accepted.map(({ body }) => String(body).charAt(0)));
  assert.deepEqual(arrived, new Set(end === undefined ? [...first, 'z'] : ['z']));
}

/** Those that can be had inside of TLS as well: a reset is one of the connection below. */
const INNER_ROWS = CONNECTION_ROWS.filter(([, , name]) => name !== 'resets');

const tables: readonly (readonly [name: string, setup: Setup, rows: readonly Row[]])[] = [
  ['over HTTP', { protocol: 'http/protobuf' }, [...CONNECTION_ROWS, ...HTTP_ROWS]],
  ['over HTTP and TLS', { protocol: 'http/protobuf', tls: true }, TLS_ROWS],
  [
    'over HTTP inside of TLS',
    { protocol: 'http/protobuf', tls: true, isSecured: true },
    [...INNER_ROWS, ...HTTP_ROWS.slice(0, 4)],
  ],
  ['over gRPC', { protocol: 'grpc' }, [...CONNECTION_ROWS, ...GRPC_ROWS]],
  ['over gRPC and TLS', { protocol: 'grpc', tls: true }, TLS_ROWS],
  [
    'over gRPC inside of TLS',
    { protocol: 'grpc', tls: true, isSecured: true },
    [...INNER_ROWS, ...GRPC_ROWS.slice(0, 4)],
  ],
  ['over gRPC through a proxy', { protocol: 'grpc', proxy: true }, PROXY_ROWS],
];
for (const [name, setup, rows] of tables) {
  describe(`a hostile receiver ${name}`, { concurrency: 4 }, () => {
    for (const row of rows) test(titleOf(row), (t) => check(t, setup, row));
  });
}

for (const [protocol, refusal] of [
  ['http/protobuf', refuse(413)],
  ['grpc', refuse(8, { message: 'grpc: received message larger than max (5 vs. 4)' })],
] as const) {
  test(`a receiver that says of everything that it is too large is not flooded, over ${protocol}`, async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol });
    receiver.always(refusal);
    const url = protocol === 'grpc' ? receiver.endpoint : `${receiver.endpoint}/v1/logs`;
    const delivery = deliveryOver(transportTo(protocol, url), { maxInFlight: 8, attemptTimeoutMs: 10_000 });
    t.after(() => delivery.shutdown());
    keepAlive(t);
    for (let record = 0; record < 9_995; record++) delivery.onEmit(new TestRecord(`${record}`));
    await delivery.forceFlush({ timeoutMillis: HOPELESS_MS });
    assert.deepEqual(delivery.counts(), { delivered: 0, lost: 9_995, pending: 0 });
    assert.ok(receiver.requests.length < 50, `${receiver.requests.length} exports`);
  });
}

test('a receiver that answers, and then sends without end, is left', async (t) => {
  const port = await startHostilePort(t, '127.0.0.1:1', ANSWERING_AND_FLOODING);
  const { transport } = startTransport(t, 'grpc', `http://${port.host}`);
  assert.equal((await transport.send([encodedExport('a')], HOPELESS_MS)).kind, 'accepted');
  const [socket] = port.sockets;
  assert.ok(socket);
  if (!socket.destroyed) await new Promise((resolve) => socket.once('close', resolve));
});
