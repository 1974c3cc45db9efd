// gRPC servers of @grpc/grpc-js, and what is recorded of their calls.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import {
  Client,
  credentials,
  type Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type ServiceError,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import type { ObservedExchange } from '../../../src/http/observed-exchange.ts';
import { Observed } from '../support/observed.ts';
import { at } from './support/servers.ts';

const bytes = (value: Buffer): Buffer => value;
const method = (path: string, responseStream: boolean) => ({
  path,
  requestStream: false,
  responseStream,
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
});

const SERVICE = {
  unary: method('/test.Orders/Get', false),
  list: method('/test.Orders/List', true),
} satisfies ServiceDefinition;

type Unary = (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>) => void;
type List = (call: ServerWritableStream<Buffer, Buffer>) => void;

async function clientOfServer(t: TestContext, unary: Unary, list: List): Promise<Client> {
  const server = new Server();
  server.addService(SERVICE, { unary, list });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  t.after(() => {
    client.close();
    server.forceShutdown();
  });
  return client;
}

function call(client: Client, path: string, deadlineMs?: number): Promise<ServiceError | undefined> {
  const options = deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs };
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, bytes, bytes, Buffer.from('request'), options, (error) =>
      resolve(error ?? undefined),
    );
  });
}

function facts(exchange: ObservedExchange): unknown {
  const { target, method: verb, statusCode, grpcStatus, outcome, errorCode } = exchange;
  return { target, method: verb, statusCode, grpcStatus, outcome, errorCode };
}

const POST = { method: 'POST', statusCode: 200, outcome: 'completed', errorCode: undefined };
const unused: List = ({ destroy }) => destroy();

describe('a gRPC call', () => {
  test('that succeeds: OK, and the bytes of its messages', async (t) => {
    const observed = new Observed(t);
    const client = await clientOfServer(t, (_call, done) => done(null, Buffer.from('answer')), unused);
    assert.equal(await call(client, SERVICE.unary.path), undefined);
    const exchange = at(await observed.ended(1), 0);
    assert.deepEqual(facts(exchange), { ...POST, target: '/test.Orders/Get', grpcStatus: status.OK });
    // Each message has five bytes before it.
    assert.deepEqual([exchange.requestBodySize, exchange.responseBodySize], [12, 11]);
  });

  test('that fails: the status of its trailers', async (t) => {
    const observed = new Observed(t);
    const client = await clientOfServer(t, (_call, done) => done({ code: status.NOT_FOUND }), unused);
    assert.equal((await call(client, SERVICE.unary.path))?.code, status.NOT_FOUND);
    const exchange = at(await observed.ended(1), 0);
    assert.deepEqual(facts(exchange), { ...POST, target: '/test.Orders/Get', grpcStatus: status.NOT_FOUND });
  });

  test('of a method that there is not: a response that is nothing but a head', async (t) => {
    const observed = new Observed(t);
    const client = await clientOfServer(t, (_call, done) => done(null, Buffer.alloc(0)), unused);
    assert.equal((await call(client, '/test.Orders/Nothing'))?.code, status.UNIMPLEMENTED);
    const exchange = at(await observed.ended(1), 0);
    assert.deepEqual(facts(exchange), {
      ...POST,
      target: '/test.Orders/Nothing',
      grpcStatus: status.UNIMPLEMENTED,
    });
    assert.equal(exchange.responseBodySize, 0);
  });

  test('that its client cancels in the middle of a stream: aborted, without a status', async (t) => {
    const observed = new Observed(t);
    const list: List = (stream) => {
      stream.write(Buffer.from('first'));
    };
    const client = await clientOfServer(t, () => undefined, list);
    const stream = client.makeServerStreamRequest(SERVICE.list.path, bytes, bytes, Buffer.alloc(0));
    stream.on('error', () => undefined);
    stream.once('data', () => stream.cancel());
    const exchange = at(await observed.ended(1), 0);
    assert.deepEqual(facts(exchange), {
      ...POST,
      target: '/test.Orders/List',
      grpcStatus: undefined,
      outcome: 'aborted',
      errorCode: 'NGHTTP2_CANCEL',
    });
  });

  test('that streams to its end: OK', async (t) => {
    const observed = new Observed(t);
    const list: List = (stream) => {
      for (let index = 0; index < 100; index += 1) stream.write(Buffer.from('message'));
      stream.end();
    };
    const client = await clientOfServer(t, () => undefined, list);
    const stream = client.makeServerStreamRequest(SERVICE.list.path, bytes, bytes, Buffer.alloc(0));
    let messages = 0;
    stream.on('data', () => {
      messages += 1;
    });
    await new Promise<Metadata | undefined>((resolve) => stream.on('status', () => resolve(undefined)));
    const exchange = at(await observed.ended(1), 0);
    assert.deepEqual(facts(exchange), { ...POST, target: '/test.Orders/List', grpcStatus: status.OK });
    assert.deepEqual([messages, exchange.responseBodySize], [100, 1200]);
  });

  test('that the client gives up at its deadline has no status that a client got', async (t) => {
    const observed = new Observed(t);
    const client = await clientOfServer(t, () => undefined, unused);
    // Its deadline begins with the call, and must not pass while it connects.
    await promisify(client.waitForReady).call(client, Date.now() + 10_000);
    assert.equal((await call(client, SERVICE.unary.path, 250))?.code, status.DEADLINE_EXCEEDED);
    const exchange = at(await observed.ended(1), 0);
    assert.equal(exchange.target, '/test.Orders/Get');
    assert.ok(exchange.outcome === 'aborted' || exchange.grpcStatus === status.DEADLINE_EXCEEDED);
  });
});
