// A server of ConnectRPC, which speaks three protocols over HTTP/2, and what is recorded of its calls. Only gRPC itself
// sends its status as an HTTP field in every case; gRPC-Web and Connect have it in the body of a response that has one.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import {
  create,
  createFileRegistry,
  type DescMethod,
  type DescMethodStreaming,
  type DescMethodUnary,
  type DescService,
} from '@bufbuild/protobuf';
import {
  FileDescriptorProtoSchema,
  file_google_protobuf_wrappers,
  StringValueSchema,
} from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, type ConnectRouter, type Transport } from '@connectrpc/connect';
import {
  connectNodeAdapter,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import { contentReader, recordOptions } from '../../record/support/exchange-factory.ts';
import { Observed } from '../support/observed.ts';
import { at, serveH2c } from './support/servers.ts';

const VALUE = '.google.protobuf.StringValue';
const WRAPPERS = 'google/protobuf/wrappers.proto';

/** `test.Orders`: `Get` takes a text and answers with one, `List` with several; `Unwritten` has no implementation. */
function orders(): DescService {
  const method = { inputType: VALUE, outputType: VALUE };
  const file = create(FileDescriptorProtoSchema, {
    name: 'test/orders.proto',
    package: 'test',
    syntax: 'proto3',
    dependency: [WRAPPERS],
    service: [
      {
        name: 'Orders',
        method: [
          { ...method, name: 'Get' },
          { ...method, name: 'List', serverStreaming: true },
          { ...method, name: 'Unwritten' },
        ],
      },
    ],
  });
  const resolve = (name: string) => (name === WRAPPERS ? file_google_protobuf_wrappers : undefined);
  const service = createFileRegistry(file, resolve).getService('test.Orders');
  assert.ok(service);
  return service;
}

const ORDERS = orders();

interface Text {
  readonly value: string;
}

/** The text of a request is what becomes of it: `ok`, or the name of a code. */
function answer({ value }: Text, text: string): Text {
  if (value === 'ok') return { value: text };
  throw new ConnectError('refused', Code[value as keyof typeof Code]);
}

function routes(router: ConnectRouter): void {
  // Without generated code the types of its methods are not known.
  const implementation: object = {
    get: (request: Text) => answer(request, 'answer'),
    async *list(request: Text) {
      yield { value: 'first' };
      yield answer(request, 'second');
    },
  };
  router.service(ORDERS, implementation);
}

const TRANSPORTS = {
  grpc: (baseUrl: string) => createGrpcTransport({ baseUrl }),
  'grpc-web': (baseUrl: string) => createGrpcWebTransport({ baseUrl, httpVersion: '2' }),
  connect: (baseUrl: string) => createConnectTransport({ baseUrl, httpVersion: '2' }),
} as const satisfies Record<string, (baseUrl: string) => Transport>;

type Protocol = keyof typeof TRANSPORTS;

/** @returns the code that the client got; `undefined` where the call succeeded */
async function call(
  protocol: Protocol,
  baseUrl: string,
  method: DescMethod,
  value: string,
): Promise<string | undefined> {
  const transport = TRANSPORTS[protocol](baseUrl);
  try {
    if (method.methodKind === 'unary')
      await transport.unary(method as DescMethodUnary, undefined, undefined, undefined, { value });
    else {
      const requests = async function* () {
        yield create(StringValueSchema, { value });
      };
      const streaming = method as DescMethodStreaming;
      const { message } = await transport.stream(streaming, undefined, undefined, undefined, requests());
      for await (const one of message) assert.ok(one);
    }
    return undefined;
  } catch (error) {
    return Code[ConnectError.from(error).code];
  }
}

/** What differs from run to run, or from one version of the client to the next. */
const VARYING = /duration$|time_to_headers$|\.port$|^user_agent|truncated$/;
const contentOf = contentReader(recordOptions());

/** The record of one call, and the code that its client got. */
async function recorded(t: TestContext, protocol: Protocol, path: string, value: string) {
  const observed = new Observed(t);
  const { origin } = await serveH2c(t, (server) => server.on('request', connectNodeAdapter({ routes })));
  const method = ORDERS.methods.find(({ name }) => path === `/test.Orders/${name}`);
  const known = method ?? { ...at(ORDERS.methods, 0), name: path.split('/').at(-1) ?? '' };
  const code = await call(protocol, origin, known, value);
  const [exchange] = await observed.ended(1);
  assert.ok(exchange);
  assert.deepEqual(observed.errors, []);
  const { severityText, attributes } = contentOf(exchange);
  const fixed = Object.entries(attributes).filter(([name]) => !VARYING.test(name));
  return { code, record: { severityText, ...Object.fromEntries(fixed) } };
}

/** A call, what its client got, and what its record says of it: severity, status, gRPC status, sizes. */
type Row = readonly [
  method: string,
  value: string,
  code: string | undefined,
  severity: string,
  status: number,
  rpcStatus: string | undefined,
  requestBodySize: number,
  responseBodySize: number,
  errorType?: string,
];

const ROWS: Readonly<Record<Protocol, readonly Row[]>> = {
  // The status is in the trailers. A message has five bytes before it.
  grpc: [
    ['Get', 'ok', undefined, 'INFO', 200, 'OK', 9, 13],
    // Nothing but fields: no message came before the trailers.
    ['Get', 'NotFound', 'NotFound', 'INFO', 200, 'NOT_FOUND', 15, 0],
    ['Get', 'Internal', 'Internal', 'ERROR', 200, 'INTERNAL', 15, 0, 'INTERNAL'],
    ['List', 'ok', undefined, 'INFO', 200, 'OK', 9, 25],
    ['List', 'NotFound', 'NotFound', 'INFO', 200, 'NOT_FOUND', 15, 12],
    ['List', 'Internal', 'Internal', 'ERROR', 200, 'INTERNAL', 15, 12, 'INTERNAL'],
    ['Unwritten', 'ok', 'Unimplemented', 'ERROR', 200, 'UNIMPLEMENTED', 9, 0, 'UNIMPLEMENTED'],
    // There is no such method: Connect answers by HTTP alone.
    ['Nothing', 'ok', 'Unimplemented', 'WARN', 404, undefined, 9, 0],
  ],
  // The trailers are the last part of the body.
  'grpc-web': [
    ['Get', 'ok', undefined, 'INFO', 200, undefined, 9, 34],
    ['Get', 'NotFound', 'NotFound', 'INFO', 200, undefined, 15, 44],
    ['Get', 'Internal', 'Internal', 'INFO', 200, undefined, 15, 45],
    ['List', 'ok', undefined, 'INFO', 200, undefined, 9, 46],
    ['List', 'Internal', 'Internal', 'INFO', 200, undefined, 15, 57],
    ['Nothing', 'ok', 'Unimplemented', 'WARN', 404, undefined, 9, 0],
  ],
  // A single answer has an HTTP status that stands for its code; a stream is 200, and ends with its code.
  connect: [
    ['Get', 'ok', undefined, 'INFO', 200, undefined, 4, 8],
    ['Get', 'NotFound', 'NotFound', 'WARN', 404, undefined, 10, 40],
    ['Get', 'Internal', 'Internal', 'ERROR', 500, undefined, 10, 39, '500'],
    ['List', 'ok', undefined, 'INFO', 200, undefined, 9, 32],
    ['List', 'NotFound', 'NotFound', 'INFO', 200, undefined, 15, 67],
    ['List', 'Internal', 'Internal', 'INFO', 200, undefined, 15, 66],
    ['Nothing', 'ok', 'Unimplemented', 'WARN', 404, undefined, 4, 0],
  ],
};

for (const protocol of Object.keys(ROWS) as Protocol[]) {
  describe(`a call of Connect by ${protocol}`, () => {
    for (const row of ROWS[protocol]) {
      const [method, value, code, severityText, status, rpcStatus, requestSize, responseSize, errorType] =
        row;
      test(`${method}, ${value}`, async (t) => {
        const path = `/test.Orders/${method}`;
        assert.deepEqual(await recorded(t, protocol, path, value), {
          code,
          record: {
            severityText,
            'http.request.method': 'POST',
            'url.path': path,
            'url.scheme': 'http',
            'network.protocol.version': '2',
            'client.address': '127.0.0.1',
            'access_log.client_address.source': 'socket',
            'network.peer.address': '127.0.0.1',
            'server.address': '127.0.0.1',
            'http.request.body.size': requestSize,
            'http.response.body.size': responseSize,
            'http.response.status_code': status,
            'access_log.outcome': 'completed',
            ...(rpcStatus === undefined ? {} : { 'rpc.status_code': rpcStatus }),
            ...(errorType === undefined ? {} : { 'error.type': errorType }),
          },
        });
      });
    }
  });
}
