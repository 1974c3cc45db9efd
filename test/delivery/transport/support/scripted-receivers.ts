import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import {
  createTransport,
  type TransportSettings,
} from '../../../../src/delivery/transport/create-transport.ts';
import type { FileListener } from '../../../../src/delivery/transport/credentials/credentials.ts';
import type { Refused, Transport } from '../../../../src/delivery/transport/transport.ts';
import { keepAlive } from '../../../support/keep-alive.ts';
import { listen } from '../../../support/listen.ts';
import { ExportLogsServiceRequest } from '../../../support/otlp-schema.ts';
import type { TestOwner } from '../../../support/owner.ts';

export const PROTOCOLS = ['grpc', 'http/protobuf'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** Longer than any test waits for an answer that comes. */
export const PATIENCE_MS = 10_000;

export interface Told {
  readonly notices: string[];
  readonly transport: Transport;
}

/** A transport to `endpoint` (scheme, host, port) that is closed when the test ends. */
export function startTransport(
  owner: TestOwner,
  protocol: Protocol,
  endpoint: string,
  others: Partial<TransportSettings> = {},
): Told {
  const notices: string[] = [];
  const isTls = endpoint.startsWith('https:');
  const transport = transportTo(
    protocol,
    protocol === 'grpc' ? endpoint : `${endpoint}/v1/logs`,
    { tls: isTls ? { ca: undefined, cert: undefined, key: undefined } : undefined, ...others },
    {
      warn: (text) => notices.push(`warn: ${text}`),
      info: (text) => notices.push(`info: ${text}`),
    },
  );
  keepAlive(owner);
  owner.after(async () => transport.close());
  return { transport, notices };
}

/** A transport to that URL, without headers, files, compression, TLS and proxy but for `others`. */
export function transportTo(
  protocol: string | undefined,
  url: string,
  others: Partial<TransportSettings> = {},
  notices: FileListener = { warn: console.error, info: console.error },
): Transport {
  const settings: TransportSettings = {
    protocol: protocol === 'grpc' || protocol === 'http/json' ? protocol : 'http/protobuf',
    url,
    headers: {},
    headersFile: '',
    compression: 'none',
    tls: undefined,
    proxy: undefined,
    ...others,
  };
  return createTransport(settings, notices);
}

/** An export of records with these bodies. */
export function encodedExport(...bodies: readonly string[]): Buffer {
  const logRecords = bodies.map((stringValue) => ({ body: { stringValue } }));
  const message = ExportLogsServiceRequest.fromObject({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
  return Buffer.from(ExportLogsServiceRequest.encode(message).finish());
}

export const ACCEPTED = { kind: 'accepted', rejected: 0, message: '' } as const;

export function refused(
  remedy: Refused['remedy'],
  errorType: string,
  message: string,
  retryAfterMs?: number,
): Refused {
  return { kind: 'refused', remedy, errorType, message, retryAfterMs };
}

/** The answer, which must be a refusal with a message of that form. */
export async function assertRefused(
  answer: ReturnType<Transport['send']>,
  expected: Omit<Refused, 'kind' | 'message' | 'retryAfterMs'>,
  message: RegExp,
): Promise<void> {
  const got = await answer;
  assert.equal(got.kind, 'refused');
  assert.match(got.message, message);
  assert.deepEqual(got, { kind: 'refused', ...expected, message: got.message, retryAfterMs: undefined });
}

/** Something on a port that is no receiver. @returns its `host:port` */
export async function startServer(owner: TestOwner, onSocket: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => onSocket(socket.on('error', () => undefined)));
  return listen(owner, server);
}
