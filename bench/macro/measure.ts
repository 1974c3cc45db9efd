import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BODY, TARGET, USER_AGENT } from '../processes/application.ts';
import type { ReceiverAnswers, ServerAnswers, Usage } from '../processes/protocol.ts';
import { Child } from '../support/child.ts';
import type { Cores } from '../support/cores.ts';
import { startLoad } from './load.ts';
import type { Variant } from './variants.ts';

const SERVER = new URL('../processes/server.js', import.meta.url);

/** How long one variant runs; seconds. */
export interface Periods {
  readonly warmUp: number;
  readonly measured: number;
}

/** One run of one variant. */
export interface Measurement {
  /** CPU time of the server process per request, microseconds. */
  readonly userMicros: number;
  /** The same, with the kernel's share. */
  readonly totalMicros: number;
  readonly requestsPerSecond: number;
  /** Share of its core that the server used; near 1 it was saturated. */
  readonly utilisation: number;
  readonly peakRssMib: number;
  /** Requests since the server started, warm-up included. */
  readonly served: number;
  /** Records of these that the receiver got. */
  readonly delivered: number;
  /** What the server wrote to standard error. */
  readonly stderr: string;
}

/** Starts the variant, checks what it answers, loads it, stops it, and counts what arrived. */
export async function measure(
  variant: Variant,
  periods: Periods,
  cores: Cores,
  receiver: Child<ReceiverAnswers>,
): Promise<Measurement> {
  await receiver.ask('reset');
  const server = await Child.start<ServerAnswers>({
    cores: cores.server,
    nodeArgs: variant.nodeArgs,
    script: SERVER,
    args: variant.log === undefined ? [] : [fileURLToPath(variant.log)],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${receiver.port}`,
      OTEL_SERVICE_NAME: 'bench',
      ...variant.env,
    },
  });
  try {
    const responseBytes = await checkResponse(server.port);
    const load = await startLoad(server.port, cores.others);
    await untilLoaded(server);
    await sleep(periods.warmUp * 1000);
    const before = await server.ask('usage');
    await sleep(periods.measured * 1000);
    const after = await server.ask('usage');
    await load.stop(responseBytes);
    const { served } = await server.ask('finish');
    await server.stop();
    const received = await receiver.ask('counts');
    if (received.traceExports > 0 !== variant.traces) {
      throw new Error(
        `Expected ${variant.traces ? 'some' : 'no'} spans, got ${received.traceExports} exports`,
      );
    }
    return {
      ...costOf(before, after),
      peakRssMib: after.peakRssKib / 1024,
      served,
      delivered: received.records,
      stderr: server.stderr,
    };
  } catch (error) {
    await server.stop().catch(() => undefined);
    throw new Error(`${variant.id}: ${server.stderr}`, { cause: error });
  }
}

function costOf(before: Usage, after: Usage) {
  const requests = after.served - before.served;
  const seconds = (after.atMs - before.atMs) / 1000;
  const user = after.userMicros - before.userMicros;
  const total = user + after.systemMicros - before.systemMicros;
  return {
    userMicros: user / requests,
    totalMicros: total / requests,
    requestsPerSecond: requests / seconds,
    utilisation: total / 1e6 / seconds,
  };
}

/** @returns the size of the whole response in bytes. @throws AssertionError where it is not the right one */
async function checkResponse(port: number): Promise<number> {
  const url = `http://127.0.0.1:${port}${TARGET}`;
  const response = await fetch(url, { headers: { 'user-agent': USER_AGENT } });
  const { status, headers } = response;
  assert.deepEqual(
    {
      status,
      type: headers.get('content-type'),
      length: headers.get('content-length'),
      body: await response.text(),
    },
    { status: 200, type: 'application/json', length: `${Buffer.byteLength(BODY)}`, body: BODY },
  );
  return sizeOnWire(port);
}

async function sizeOnWire(port: number): Promise<number> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`GET ${TARGET} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  let text = '';
  for await (const chunk of socket.setEncoding('latin1')) {
    text += chunk;
    const head = text.indexOf('\r\n\r\n');
    if (head !== -1 && text.length >= head + 4 + Buffer.byteLength(BODY)) break;
  }
  socket.destroy();
  await once(socket, 'close').catch(() => undefined);
  return text.length;
}

/** The generator takes a while to start: until it has sent some requests. */
async function untilLoaded(server: Child<ServerAnswers>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if ((await server.ask('usage')).served > 100) return;
    await sleep(50);
  }
  throw new Error('Expected requests of the load generator, got none in 10 s');
}
