import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { TLSSocket } from 'node:tls';
import * as zlib from 'node:zlib';
import type { ReceiverTls } from '../../src/cli/receiver/otlp-receiver.ts';
import { encodeResponse } from '../../src/cli/receiver/otlp-response.ts';
import { richStatus, type Script, type ScriptedAnswer, type ScriptedRequest } from './scripted-answers.ts';

const PROTOBUF = { 'content-type': 'application/x-protobuf' };

/** OTLP/HTTP as the script says. */
export function createHttpServer(tls: ReceiverTls | undefined, script: Script): Server {
  const listener = (incoming: IncomingMessage, response: ServerResponse): void => {
    // A client that goes away while its request is read is no matter of the receiver's.
    serve(incoming, response, script).catch((error) => {
      if (!incoming.aborted) throw error;
    });
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tlsOptions(tls), listener);
  server.keepAliveTimeout = 0;
  return server;
}

export function tlsOptions({ requireClientCert = false, ...pem }: ReceiverTls) {
  return { ...pem, requestCert: requireClientCert, rejectUnauthorized: requireClientCert };
}

/** Common name of the client's certificate. */
export function clientOf(socket: unknown): string | undefined {
  const subject = socket instanceof TLSSocket ? socket.getPeerCertificate().subject : undefined;
  return subject?.CN?.toString();
}

async function serve(incoming: IncomingMessage, response: ServerResponse, script: Script): Promise<void> {
  const { remotePort } = incoming.socket;
  const request: ScriptedRequest = {
    headers: { ...plain(incoming.headers), ':path': incoming.url ?? '' },
    connection: script.connectionOf(remotePort),
    client: clientOf(incoming.socket),
    byteLength: undefined,
    records: undefined,
  };
  const answer = script.answerTo(request);
  incoming.on('error', () => undefined);
  response.on('error', () => undefined);
  if (answer.kind === 'refuse' && answer.early) {
    respond(answer, request, incoming, response, script);
    return;
  }
  if (answer.kind === 'reset' && answer.when === 'head') return script.resetConnection(remotePort);
  if (answer.kind === 'reset' && answer.when === 'body') {
    incoming.once('data', () => script.resetConnection(remotePort));
    return;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  request.byteLength = body.length;
  script.onMessage(request, decompress(body, incoming.headers['content-encoding']));
  let outcome = answer;
  while (outcome.kind === 'held') {
    await outcome.until;
    outcome = outcome.answer;
  }
  respond(outcome, request, incoming, response, script);
}

function respond(
  answer: ScriptedAnswer,
  request: ScriptedRequest,
  incoming: IncomingMessage,
  response: ServerResponse,
  script: Script,
): void {
  switch (answer.kind) {
    case 'accept': {
      const { rejected, message, body } = answer;
      script.onAccepted(request, rejected);
      const isWhole = rejected === 0 && message === '';
      const partial = isWhole ? undefined : { rejectedLogRecords: rejected, errorMessage: message };
      response.writeHead(200, PROTOBUF).end(body ?? encodeResponse(partial));
      return;
    }
    case 'refuse': {
      const { status, message, headers, body, early } = answer;
      const close = early ? { connection: 'close' } : {};
      response.writeHead(status, { ...PROTOBUF, ...close, ...headers });
      response.end(body ?? richStatus(0, message));
      // Read, so that the answer is not lost with what is still on its way.
      if (early) incoming.resume();
      return;
    }
    case 'raw':
      if (answer.open) incoming.socket.write(answer.bytes);
      else incoming.socket.end(answer.bytes);
      return;
    case 'reset':
      if (answer.taken) script.onAccepted(request, 0);
      script.resetConnection(incoming.socket.remotePort);
      return;
    default:
      throw new TypeError(`no answer over HTTP: ${answer.kind}`);
  }
}

function decompress(body: Buffer, encoding: string | undefined): Buffer {
  if (encoding === 'gzip') return zlib.gunzipSync(body);
  const { zstdDecompressSync }: { gunzipSync: unknown; zstdDecompressSync?: (bytes: Buffer) => Buffer } =
    zlib;
  return encoding === 'zstd' && zstdDecompressSync !== undefined ? zstdDecompressSync(body) : body;
}

/** Headers as texts. */
export function plain(headers: object): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
