// A name server for one headless Service: its name has the addresses of the pods that are ready.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { TestOwner } from '../../support/owner.ts';

const HEADER_BYTES = 12;
const TYPE_A = 1;
/** A response without an error, to a question with recursion. */
const ANSWER_FLAGS = 0x81_80;
const TTL_SECONDS = 5;

export interface NameServer {
  /** `127.0.0.1:<port>`, as the authority of a `dns` target of gRPC. */
  readonly authority: string;
  /** IPv4 addresses that every name has, from now on. */
  addresses: readonly string[];
}

/** On a free UDP port; closed when the test ends. */
export async function startNameServer(owner: TestOwner, addresses: readonly string[]): Promise<NameServer> {
  const socket = createSocket('udp4');
  const server = { authority: '', addresses };
  socket.on('message', (query, { port, address }) => {
    socket.send(answerTo(query, server.addresses), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  owner.after(async () => void socket.close());
  server.authority = `127.0.0.1:${socket.address().port}`;
  return server;
}

/** RFC 1035, section 4: header, the question as it came, and for type A one record for each address. */
function answerTo(query: Buffer, addresses: readonly string[]): Buffer {
  let end = HEADER_BYTES;
  for (let length = query[end] ?? 0; length !== 0; length = query[end] ?? 0) end += length + 1;
  const question = query.subarray(HEADER_BYTES, end + 5);
  const records = query.readUInt16BE(end + 1) === TYPE_A ? addresses.map(addressRecord) : [];
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(query.readUInt16BE(0), 0);
  header.writeUInt16BE(ANSWER_FLAGS, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([header, question, ...records]);
}

function addressRecord(address: string): Buffer {
  const record = Buffer.alloc(16);
  // The name is that of the question.
  record.writeUInt16BE(0xc0_00 | HEADER_BYTES, 0);
  record.writeUInt16BE(TYPE_A, 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt32BE(TTL_SECONDS, 6);
  record.writeUInt16BE(4, 10);
  record.set(address.split('.').map(Number), 12);
  return record;
}
