// Clients of fixtures/outcomes.mjs: each exchange that they make, and its line as Loki should have it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { deadline, type TestOwner } from '../../support/owner.ts';
import { RawClient, requestText } from '../../support/raw-client.ts';

export interface Ports {
  readonly plain: number;
  readonly strict: number;
  readonly tls: number;
  readonly http2: number;
  readonly grpc: number;
}

/** Trace ids that clients send, by what becomes of the exchange. */
export const TRACES = {
  completed: '10000000000000000000000000000001',
  aborted: '10000000000000000000000000000002',
  timeout: '10000000000000000000000000000003',
  raw: '10000000000000000000000000000004',
  upgraded: '10000000000000000000000000000005',
  tunneled: '10000000000000000000000000000006',
  unheard: '10000000000000000000000000000007',
  malformed: '10000000000000000000000000000008',
  overflow: '10000000000000000000000000000009',
  http2: '1000000000000000000000000000000a',
  reset: '1000000000000000000000000000000b',
  grpc: '1000000000000000000000000000000c',
  events: '1000000000000000000000000000000d',
  crashed: '1000000000000000000000000000000e',
} as const;

export type Traced = keyof typeof TRACES;

function traceparent(of: Traced): string {
  return `00-${TRACES[of]}-00f067aa0ba902b7-01`;
}

/** Sends all that ends before the process does. */
export async function sendOutcomes(owner: TestOwner, ports: Ports): Promise<void> {
  const plain = (): Promise<RawClient> => RawClient.connect(owner, { port: ports.plain });
  const strict = (): Promise<RawClient> => RawClient.connect(owner, { port: ports.strict });
  await completed(await plain());
  await aborted(await plain());
  await closedBy(await plain(), request('/timeout', 'timeout'));
  await closedBy(await plain(), request('/raw', 'raw'));
  await echoed(await plain(), upgrade(), '101 Switching Protocols');
  await echoed(
    await plain(),
    requestText('store.example:443', { method: 'CONNECT', headers: traced('tunneled') }),
    '200 Connected',
  );
  const malformed = requestText('/malformed', { headers: traced('malformed') });
  await closedBy(await plain(), malformed.replace(/\r\n$/, 'no colon\r\n\r\n'));
  await closedBy(
    await plain(),
    requestText('/overflow', { headers: { ...traced('overflow'), 'x-long': 'x'.repeat(2048) } }),
  );
  await closedBy(
    await strict(),
    requestText('store.example:443', { method: 'CONNECT', headers: traced('unheard') }),
  );
  await impatient(await strict(), strict);
  await closedBy(await RawClient.connect(owner, { port: ports.tls }), request('/no-tls', 'completed'));
  await http2(owner, ports.http2);
  await grpc(owner, ports.grpc);
}

/** Opens a stream of events, and resolves when its first event has come. */
export async function openEvents(owner: TestOwner, port: number): Promise<void> {
  const client = await RawClient.connect(owner, { port });
  await client.send(request('/events', 'events'));
  await client.receiveUntil('data: one\n\n');
}

export function request(path: string, of: Traced): string {
  return requestText(path, { headers: traced(of) });
}

function traced(of: Traced): Readonly<Record<string, string>> {
  return { traceparent: traceparent(of) };
}

function upgrade(): string {
  const headers = { Upgrade: 'echo', Connection: 'Upgrade', ...traced('upgraded') };
  return requestText('/upgraded', { headers });
}

async function completed(client: RawClient): Promise<void> {
  await client.send(request('/completed', 'completed'));
  await client.responses(1);
  client.halfClose();
  await client.closed();
}

async function aborted(client: RawClient): Promise<void> {
  await client.send(request('/aborted', 'aborted'));
  await client.receiveUntil('part');
  client.reset();
}

/** A request after which the server closes the connection. */
async function closedBy(client: RawClient, text: string): Promise<void> {
  await client.send(text);
  await client.closed();
}

/** Sends five bytes behind the head, waits for them to come back, and ends. */
async function echoed(client: RawClient, head: string, status: string): Promise<void> {
  await client.send(`${head}hello`);
  assert.match(String(await client.receiveUntil('hello')), new RegExp(`^HTTP/1.1 ${status}\r\n`));
  client.halfClose();
  await client.closed();
}

/** A connection that says nothing, and one beside it that is beyond `maxConnections`. */
async function impatient(silent: RawClient, connect: () => Promise<RawClient>): Promise<void> {
  // Reset or closed: Node has not read from it.
  await (await connect()).closed();
  await silent.closed();
}

async function http2(owner: TestOwner, port: number): Promise<void> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  owner.after(async () => session.destroy());
  const whole = session.request({ ':path': '/http2/completed', traceparent: traceparent('http2') });
  whole.resume();
  await deadline(once(whole, 'close'), 10_000, () => 'the end of a stream expected');
  const broken = session.request({ ':path': '/http2/reset', traceparent: traceparent('reset') });
  await deadline(once(broken, 'data'), 10_000, () => 'data of a stream expected');
  broken.close(8);
  await deadline(once(broken, 'close'), 10_000, () => 'the end of a stream expected');
  session.close();
}

async function grpc(owner: TestOwner, port: number): Promise<void> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  owner.after(async () => client.close());
  const metadata = new Metadata();
  metadata.set('traceparent', traceparent('grpc'));
  const bytes = (value: Buffer): Buffer => value;
  const error = await new Promise<ServiceError | null>((resolve) => {
    client.makeUnaryRequest('/test.Orders/Get', bytes, bytes, Buffer.from('request'), metadata, resolve);
  });
  assert.equal(error?.code, status.NOT_FOUND);
  client.close();
}
