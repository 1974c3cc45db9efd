import { connect } from 'node:http2';
import type { TestOwner } from './owner.ts';

/** How a call ended: its status, or why there is none. */
export interface GrpcResult {
  readonly status: number | undefined;
  readonly message: string;
}

const HEADERS = {
  ':method': 'POST',
  ':path': '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
  'content-type': 'application/grpc',
  te: 'trailers',
};

/** A message with its prefix. */
export function framed(message: Uint8Array, isCompressed = false): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(isCompressed ? 1 : 0);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** Calls with these bytes, whatever they are, on a connection of its own. */
export function postGrpc(
  owner: TestOwner,
  origin: string,
  bytes: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<GrpcResult> {
  const session = connect(origin);
  owner.after(async () => session.destroy());
  return new Promise((resolve) => {
    let status: string | undefined;
    let message = '';
    session.on('error', () => undefined);
    const stream = session.request({ ...HEADERS, ...headers });
    const note = (from: object): void => {
      const told = new Map<string, unknown>(Object.entries(from));
      if (told.has('grpc-status')) status = String(told.get('grpc-status'));
      if (told.has('grpc-message')) message = decodeURIComponent(String(told.get('grpc-message')));
    };
    stream
      .on('response', note)
      .on('trailers', note)
      .on('error', () => undefined);
    stream.resume().on('close', () => {
      session.close();
      resolve({ status: status === undefined ? undefined : Number(status), message });
    });
    stream.end(bytes);
  });
}
