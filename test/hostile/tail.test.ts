// What may be sent to `tail` by whoever reaches its ports, within memory that does not grow.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Changes } from '../support/changes.ts';
import { framed, postGrpc } from '../support/grpc-post.ts';
import { attribute, exportOf, field, nested, recordOf } from '../support/protobuf-bytes.ts';
import { endOf, startTail, type Tail } from './support/bounded-tail.ts';

const MESSAGE_BYTES = 4 * 1024 * 1024;

type Protocol = 'gRPC' | 'HTTP' | 'HTTP, JSON';
const PROTOBUF = ['gRPC', 'HTTP'] as const;

/** Posts a message, with gzip. @returns the HTTP status that it was answered with, or that of gRPC */
async function post(
  t: TestContext,
  tail: Tail,
  protocol: Protocol,
  message: Buffer,
): Promise<number | undefined> {
  const body = gzipSync(message, { level: 1 });
  if (protocol === 'gRPC') {
    return (await postGrpc(t, tail.grpc, framed(body, true), { 'grpc-encoding': 'gzip' })).status;
  }
  const type = protocol === 'HTTP' ? 'application/x-protobuf' : 'application/json';
  const headers = { 'content-type': type, 'content-encoding': 'gzip' };
  const response = await fetch(`${tail.http}/v1/logs`, { method: 'POST', body, headers });
  await response.arrayBuffer();
  return response.status;
}

const full = (unit: readonly number[]): Buffer => Buffer.alloc(MESSAGE_BYTES - 64, Buffer.from(unit));

/** An exchange with a duration, so that statistics are kept for its route. */
function exchangeOn(route: string): Buffer {
  const seconds = Buffer.alloc(9);
  seconds.writeUInt8(0x21);
  seconds.writeDoubleLE(0.0124, 1);
  return recordOf(
    attribute('access_log.outcome', 'completed'),
    attribute('http.route', route),
    field(6, field(1, 'http.server.request.duration'), field(2, seconds)),
  );
}

function distinctAttributes(): Buffer {
  const list: Buffer[] = [];
  for (let index = 0; index < 200_000; index++) list.push(attribute(index.toString(36), ''));
  return Buffer.concat(list);
}

const json = (logRecords: string): Buffer =>
  Buffer.from(`{"resourceLogs":[{"scopeLogs":[{"logRecords":${logRecords}}]}]}`);
type Row = readonly [
  name: string,
  protocols: readonly Protocol[],
  make: () => Buffer,
  /** HTTP status, gRPC status, and what the last line ends with, for each message. */
  expected: readonly [http: number, grpc: number, total: (times: number) => string],
];

const leftOut =
  (each: number) =>
  (times: number): string =>
    `left out ${each * times}`;
const unreadable = (times: number): string => `unreadable ${times}`;

const EMPTY_RECORDS = Math.floor((MESSAGE_BYTES - 64) / 2);

const ROWS: readonly Row[] = [
  [
    'two million empty records',
    PROTOBUF,
    () => exportOf(full([0x12, 0])),
    [200, 0, leftOut(EMPTY_RECORDS - 50_000)],
  ],
  [
    'a record with 200,000 attributes',
    PROTOBUF,
    () => exportOf(recordOf(distinctAttributes())),
    [200, 0, leftOut(200_000 - 256)],
  ],
  [
    'a thousand records with 200 attributes, and as many again',
    PROTOBUF,
    () => {
      const attributes = Array.from({ length: 200 }, (_, index) => attribute(`k${index}`, ''));
      return exportOf(...Array.from({ length: 2000 }, () => recordOf(...attributes)));
    },
    [200, 0, leftOut(150_000)],
  ],
  [
    'an array of two million items',
    PROTOBUF,
    () => exportOf(recordOf(field(5, field(5, full([0x0a, 0]))))),
    [200, 0, leftOut(EMPTY_RECORDS - 256)],
  ],
  ['two million empty groups', PROTOBUF, () => full([0x0a, 0]), [400, 3, unreadable]],
  ['values a thousand levels deep', PROTOBUF, () => nested(1000), [400, 3, unreadable]],
  ['what decompresses to 32 MiB', PROTOBUF, () => Buffer.alloc(32 * 1024 * 1024), [413, 8, unreadable]],
  [
    'a million empty records',
    ['HTTP, JSON'],
    () => json(`[${'{},'.repeat(1_000_000)}{}]`),
    [400, 0, unreadable],
  ],
  [
    '100,000 empty records',
    ['HTTP, JSON'],
    () => json(`[${'{},'.repeat(99_999)}{}]`),
    [200, 0, leftOut(50_000)],
  ],
  ['four million open brackets', ['HTTP, JSON'], () => full([0x5b]), [400, 0, unreadable]],
];

describe('a message that is small when it is sent', () => {
  for (const [name, protocols, make, [http, grpc, total]] of ROWS) {
    test(`${name}: ${protocols.join(' and ')}`, async (t) => {
      const message = make();
      const tail = await startTail(t, ['--json']);
      const statuses = await Promise.all(protocols.map((protocol) => post(t, tail, protocol, message)));
      assert.deepEqual(
        statuses,
        protocols.map((protocol) => (protocol === 'gRPC' ? grpc : http)),
      );
      const last = await endOf(tail);
      assert.ok(last.endsWith(`, ${total(protocols.length)}`), last);
    });
  }
});

test('300 messages with long routes, each another one', async (t) => {
  const tail = await startTail(t);
  for (let round = 0; round < 30; round++) {
    const statuses = await Promise.all(
      Array.from({ length: 10 }, (_, index) => {
        const route = `/${round}/${index}/${'x'.repeat(512 * 1024)}`;
        return post(t, tail, index % 2 === 0 ? 'HTTP' : 'gRPC', exportOf(exchangeOn(route)));
      }),
    );
    assert.deepEqual(new Set(statuses), new Set([200, 0]));
  }
  assert.equal(await endOf(tail), 'requests 300, errors 0 (0.0%), suppressed 0, lost 0');
});

test('more bytes at once than are held: the senders are told to come again', async (t) => {
  const tail = await startTail(t, ['--json']);
  const message = exportOf(recordOf(attribute('text', 'x'.repeat(2 * MESSAGE_BYTES))));
  const headers = { 'content-type': 'application/x-protobuf' };
  const post = async (): Promise<number> => {
    const response = await fetch(`${tail.http}/v1/logs`, { method: 'POST', body: message, headers });
    await response.arrayBuffer();
    return response.status;
  };
  const calls = Array.from({ length: 8 }, () => postGrpc(t, tail.grpc, framed(message)));
  const posts = Array.from({ length: 8 }, post);
  const statuses = [...(await Promise.all(calls)).map(({ status }) => status), ...(await Promise.all(posts))];
  for (const status of statuses) assert.ok([0, 14, 200, 503].includes(status ?? -1), String(statuses));
  assert.ok(statuses.includes(14) || statuses.includes(503), String(statuses));
  const again = await Promise.all([post(), postGrpc(t, tail.grpc, framed(message))]);
  assert.deepEqual(again, [200, { status: 0, message: '' }]);
  await endOf(tail);
});

test('a sender that has given up while the reader lagged is not shown: it sends the same again', async (t) => {
  const tail = await startTail(t, ['--json']);
  const { stdout } = tail.app.child;
  let shown = '';
  const arrivals = new Changes();
  stdout?.removeAllListeners('data').pause();
  const headers = { 'content-type': 'application/x-protobuf' };
  const send = async (name: string, length: number, signal: AbortSignal | null = null): Promise<number> => {
    const body = exportOf(recordOf(attribute('sender', name), attribute('text', 'x'.repeat(length))));
    const response = await fetch(`${tail.http}/v1/logs`, { method: 'POST', body, headers, signal });
    return response.status;
  };
  assert.equal(await send('first', MESSAGE_BYTES), 200);
  // Nobody has read the first, so there is no room for these.
  const given = new AbortController();
  const gone = assert.rejects(send('gone', 1, given.signal), { name: 'AbortError' });
  const last = send('last', 1);
  // They are small, and have come when a later request is answered.
  await fetch(`${tail.http}/elsewhere`, { method: 'POST', headers });
  given.abort();
  await gone;
  await fetch(`${tail.http}/elsewhere`, { method: 'POST', headers });
  stdout?.setEncoding('utf8').on('data', (text: string) => {
    shown += text.replaceAll('x', '');
    arrivals.notify();
  });
  stdout?.resume();
  assert.equal(await last, 200);
  const senders = await arrivals.until(
    () =>
      /"last"/.test(shown) ? Array.from(shown.matchAll(/"sender":"(\w+)"/g), ([, name]) => name) : undefined,
    10_000,
    () => shown,
  );
  assert.deepEqual(senders, ['first', 'last']);
});
