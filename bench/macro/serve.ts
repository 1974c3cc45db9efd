import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BODY, TARGET, USER_AGENT } from '../processes/application.ts';
import type { ReceiverAnswers, ServerAnswers, Usage } from '../processes/protocol.ts';
import { Child } from '../support/child.ts';
import type { Cores } from '../support/cores.ts';
import { count } from '../support/markdown.ts';
import type { Load } from './load.ts';
import type { Variant } from './variants.ts';

const SERVER = new URL('../processes/server.js', import.meta.url);

/** What became of the requests of a whole run. */
export interface Served {
  /** Requests since the server started, warm-up included. */
  readonly served: number;
  /** Records of these that the receiver got. */
  readonly delivered: number;
  /** How many messages these came in. */
  readonly exports: number;
  /** What the server wrote to standard error. */
  readonly stderr: string;
}

/**
 * How long a server is loaded before anything is measured. Code is compiled after so many calls, not after so long:
 * with an SDK around it a server may still be at it after the seconds that a bare one needs.
 */
export interface WarmUp {
  /** At least so long, and at most three times so long. */
  readonly seconds: number;
  /** At least so many requests, if that does not take too long. */
  readonly requests: number;
}

/** What it cost to serve for a while. */
export interface Cost {
  /** CPU time of the server process per request, microseconds. */
  readonly userMicros: number;
  /** The same, with the kernel's share. */
  readonly totalMicros: number;
  readonly requestsPerSecond: number;
  /** Share of its core that the server used; near 1 it was saturated. */
  readonly utilisation: number;
}

/** What every server is asked. */
type CommonAnswers = Pick<ServerAnswers, 'usage' | 'finish'>;

/** How a server is run. */
export interface ServeOptions {
  readonly variant: Variant;
  readonly cores: Cores;
  readonly receiver: Child<ReceiverAnswers>;
  /** Default `server.js`. */
  readonly script?: URL;
  /** Starts the load. @param responseBytes size of one response on the wire */
  readonly load: (port: number, responseBytes: number) => Promise<Load>;
}

/** Starts the variant, checks what it answers, loads it while `measure` looks, stops it, and counts what arrived. */
export async function serve<M, Answers extends CommonAnswers = ServerAnswers>(
  { variant, cores, receiver, script = SERVER, load: startLoad }: ServeOptions,
  measure: (server: Child<Answers>) => Promise<M>,
): Promise<M & Served> {
  await receiver.ask('reset');
  const server = await Child.start<Answers>({
    cores: cores.server,
    nodeArgs: variant.nodeArgs,
    script,
    args: [variant.framework, ...(variant.log === undefined ? [] : [fileURLToPath(variant.log)])],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${receiver.port}`,
      OTEL_SERVICE_NAME: 'bench',
      ...variant.env,
    },
  });
  try {
    const check = variant.framework === 'http2' ? checkHttp2Response : checkResponse;
    const load = await startLoad(server.port, await check(server.port));
    await untilLoaded(server);
    const measured = await measure(server);
    await load.stop();
    const { served } = await server.ask('finish');
    await server.stop();
    const received = await receiver.ask('counts');
    if (received.traceExports > 0 !== variant.traces) {
      throw new Error(
        `Expected ${variant.traces ? 'some' : 'no'} spans, got ${received.traceExports} exports`,
      );
    }
    const { records: delivered, exports } = received;
    return { ...measured, served, delivered, exports, stderr: server.stderr };
  } catch (error) {
    await server.stop().catch(() => undefined);
    throw new Error(`${variant.id}: ${server.stderr}`, { cause: error });
  }
}

/** Waits until the loaded server is warm. */
export async function warmUp(server: Child<CommonAnswers>, { seconds, requests }: WarmUp): Promise<void> {
  const { served } = await server.ask('usage');
  await sleep(seconds * 1000);
  for (let waited = seconds; waited < 3 * seconds; waited += seconds / 4) {
    if ((await server.ask('usage')).served - served >= requests) return;
    await sleep(seconds * 250);
  }
}

/** What was used between the two. */
export function costOf(before: Usage, after: Usage): Cost {
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

/** For a report. */
export function describeWarmUp({ seconds, requests }: WarmUp): string {
  return `warm-up of ${seconds} s or ${count(requests)} requests, whichever takes longer, but at most ${(3 * seconds).toFixed(1)} s`;
}

/** One line of progress. */
export function describeServed(measurement: Cost & Served): string {
  const { userMicros, totalMicros, requestsPerSecond, utilisation, served, stderr } = measurement;
  const cpu = `${userMicros.toFixed(1)} µs user, ${totalMicros.toFixed(1)} µs in all`;
  const rate = `${requestsPerSecond.toFixed(0)}/s at ${(utilisation * 100).toFixed(0)} %`;
  const delivered = `${measurement.delivered} delivered of ${served} in ${measurement.exports} exports`;
  return `${cpu}, ${rate}, ${delivered}${stderr === '' ? '' : `\n${stderr.trimEnd()}`}`;
}

/** @returns the size of the whole response in bytes. @throws AssertionError where it is not the right one */
async function checkResponse(port: number): Promise<number> {
  const url = `http://127.0.0.1:${port}${TARGET}`;
  const response = await fetch(url, { headers: { 'user-agent': USER_AGENT } });
  const { status, headers } = response;
  assert.deepEqual(
    {
      status,
      type: headers.get('content-type')?.split(';')[0],
      length: headers.get('content-length'),
      body: await response.text(),
    },
    { status: 200, type: 'application/json', length: `${Buffer.byteLength(BODY)}`, body: BODY },
  );
  return sizeOnWire(port);
}

/** The same over HTTP/2. @returns the size of the body, without frames: the client does not show theirs */
async function checkHttp2Response(port: number): Promise<number> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const stream = session.request({ ':path': TARGET, 'user-agent': USER_AGENT });
  const [[headers], body] = await Promise.all([once(stream, 'response'), text(stream)]);
  session.close();
  assert.deepEqual(
    { status: headers[':status'], type: headers['content-type'], body },
    { status: 200, type: 'application/json', body: BODY },
  );
  return Buffer.byteLength(BODY);
}

async function sizeOnWire(port: number): Promise<number> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`GET ${TARGET} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  let received = '';
  for await (const chunk of socket.setEncoding('latin1')) {
    received += chunk;
    const head = received.indexOf('\r\n\r\n');
    if (head !== -1 && received.length >= head + 4 + Buffer.byteLength(BODY)) break;
  }
  socket.destroy();
  await once(socket, 'close').catch(() => undefined);
  return received.length;
}

/** The generator takes a while to start: until it has sent some requests. */
async function untilLoaded(server: Child<CommonAnswers>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if ((await server.ask('usage')).served > 100) return;
    await sleep(50);
  }
  throw new Error('Expected requests of the load generator, got none in 10 s');
}
