import {
  Metadata,
  Server,
  ServerCredentials,
  ServerInterceptingCall,
  type ServerInterceptor,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { encodeResponse } from './otlp-decode.ts';
import {
  type Intake,
  type Listener,
  type ListenOptions,
  MAX_MESSAGE_BYTES,
  type ReceiverTls,
} from './otlp-transport.ts';

const asTheyAre = (bytes: Buffer): Buffer => bytes;

/** Messages stay bytes here, so that garbage is ours to answer and not an internal error of the library. */
const LOGS_SERVICE: ServiceDefinition = {
  Export: {
    path: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
    requestStream: false,
    responseStream: false,
    requestSerialize: asTheyAre,
    requestDeserialize: asTheyAre,
    responseSerialize: asTheyAre,
    responseDeserialize: asTheyAre,
  },
};

/** Serves `LogsService/Export` (OTLP/gRPC). */
export async function listenGrpc(options: ListenOptions): Promise<Listener> {
  const { host, port, tls, intake, onUnreadable } = options;
  const server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    interceptors: [countUnreadable(onUnreadable)],
  });
  server.addService(LOGS_SERVICE, {
    Export: (call: ServerUnaryCall<Buffer, Buffer>, respond: sendUnaryData<Buffer>) => {
      void serve(call, respond, intake);
    },
  });
  return {
    port: await bind(server, `${host.includes(':') ? `[${host}]` : host}:${port}`, credentials(tls)),
    close: async () => server.forceShutdown(),
  };
}

/** What the library itself cannot read (compression, framing, size) it answers before we are called. */
function countUnreadable(onUnreadable: () => void): ServerInterceptor {
  return (_method, call) => {
    let isRead = false;
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMessage: (message, pass) => {
            isRead = true;
            pass(message);
          },
        }),
      sendStatus: (answer, next) => {
        if (!isRead && answer.code !== status.CANCELLED) onUnreadable();
        next(answer);
      },
    });
  };
}

async function serve(
  call: ServerUnaryCall<Buffer, Buffer>,
  respond: sendUnaryData<Buffer>,
  intake: Intake,
): Promise<void> {
  const answer = await intake({
    transport: 'grpc',
    headers: headersOf(call.metadata),
    body: call.request,
    encoding: 'protobuf',
  });
  if (answer === 'invalid') {
    respond({ code: status.INVALID_ARGUMENT, details: 'not an ExportLogsServiceRequest' });
    return;
  }
  const { grpcCode = status.OK, message = '', headers = {}, partialSuccess } = answer;
  const trailer = new Metadata();
  for (const [name, value] of Object.entries(headers)) trailer.set(name, value);
  if (grpcCode === status.OK) respond(null, encodeResponse(partialSuccess), trailer);
  else respond({ code: grpcCode, details: message, metadata: trailer });
}

function headersOf(metadata: Metadata): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata.getMap()).map(([name, value]) => [name, String(value)]));
}

function credentials(tls: ReceiverTls | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const { cert, key, ca, requireClientCert = false } = tls;
  return ServerCredentials.createSsl(
    ca === undefined ? null : Buffer.from(ca),
    [{ private_key: Buffer.from(key), cert_chain: Buffer.from(cert) }],
    requireClientCert,
  );
}

function bind(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => (error === null ? resolve(port) : reject(error)));
  });
}
