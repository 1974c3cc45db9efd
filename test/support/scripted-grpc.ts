import {
  createSecureServer,
  createServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Server } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { ReceiverTls } from '../../src/cli/receiver/otlp-receiver.ts';
import { encodeResponse } from '../../src/cli/receiver/otlp-response.ts';
import type { Script, ScriptedAnswer, ScriptedRequest } from './scripted-answers.ts';
import { clientOf, plain, tlsOptions } from './scripted-http.ts';

const HEAD = { ':status': 200, 'content-type': 'application/grpc' };
/** A byte that says whether the message is compressed, and its length. */
const PREFIX_LENGTH = 5;
/** As large as what a Collector's grows to: Node's default of 64 KiB would wait for the event loop all the time. */
const WINDOW_BYTES = 4 * 1024 * 1024;

/** OTLP/gRPC as the script says, by hand: a library would not be wrong on request. */
export function createGrpcServer(tls: ReceiverTls | undefined, script: Script): Server {
  const settings = { initialWindowSize: WINDOW_BYTES };
  const server =
    tls === undefined ? createServer({ settings }) : createSecureServer({ ...tlsOptions(tls), settings });
  server.on('session', (session) => session.setLocalWindowSize(WINDOW_BYTES));
  server.on('stream', (stream, headers) => void serve(stream, headers, script));
  server.on('sessionError', () => undefined);
  return server;
}

async function serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, script: Script): Promise<void> {
  const socket = stream.session?.socket;
  const remotePort = socket?.remotePort;
  const request: ScriptedRequest = {
    headers: plain(headers),
    connection: script.connectionOf(remotePort),
    client: clientOf(socket),
    byteLength: undefined,
    records: undefined,
  };
  const answer = script.answerTo(request);
  stream.on('error', () => undefined);
  if (answer.kind === 'refuse' && answer.early) {
    respond(answer, request, stream, remotePort, script);
    return;
  }
  if (answer.kind === 'reset' && answer.when === 'head') return script.resetConnection(remotePort);
  if (answer.kind === 'reset' && answer.when === 'body') {
    stream.once('data', () => script.resetConnection(remotePort));
    return;
  }
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.once('end', async () => {
    const body = Buffer.concat(chunks);
    if (body.length >= PREFIX_LENGTH) {
      const message = body.subarray(PREFIX_LENGTH);
      request.byteLength = message.length;
      script.onMessage(request, body[0] === 1 ? gunzipSync(message) : message);
    }
    let outcome = answer;
    while (outcome.kind === 'held') {
      await outcome.until;
      outcome = outcome.answer;
    }
    if (!stream.destroyed) respond(outcome, request, stream, remotePort, script);
  });
}

function respond(
  answer: ScriptedAnswer,
  request: ScriptedRequest,
  stream: ServerHttp2Stream,
  remotePort: number | undefined,
  script: Script,
): void {
  switch (answer.kind) {
    case 'accept': {
      const { rejected, message, body } = answer;
      script.onAccepted(request, rejected);
      const isWhole = rejected === 0 && message === '';
      const partial = isWhole ? undefined : { rejectedLogRecords: rejected, errorMessage: message };
      succeed(stream, framed(Buffer.from(body ?? encodeResponse(partial))));
      return;
    }
    case 'refuse': {
      const { status, message, headers, early } = answer;
      if (status >= 100) stream.respond({ ':status': status, ...headers }, { endStream: true });
      else stream.respond({ ...HEAD, ...statusHeaders(status, message), ...headers }, { endStream: true });
      if (early) stream.close();
      return;
    }
    case 'raw':
      // With a status that says so.
      script.onAccepted(request, 0);
      succeed(stream, Buffer.from(answer.bytes), answer.open);
      return;
    case 'rst':
      stream.close(answer.code);
      return;
    case 'reset':
      if (answer.taken) script.onAccepted(request, 0);
      script.resetConnection(remotePort);
      return;
    case 'held':
      throw new TypeError('held is no answer yet');
  }
}

function succeed(stream: ServerHttp2Stream, bytes: Buffer, open = false): void {
  stream.respond(HEAD, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers(statusHeaders(0, '')));
  if (open) stream.write(bytes);
  else stream.end(bytes);
}

function statusHeaders(status: number, message: string): OutgoingHttpHeaders {
  const details = message === '' ? {} : { 'grpc-message': encodeURI(message) };
  return { 'grpc-status': String(status), ...details };
}

function framed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(PREFIX_LENGTH);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}
