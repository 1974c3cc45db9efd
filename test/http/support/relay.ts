import { connect, createServer, type Socket } from 'node:net';
import { listen } from '../../support/listen.ts';
import type { TestOwner } from '../../support/owner.ts';

/** What went over one connection. */
export interface Relayed {
  /** What the client sent, and what it got, up to now. */
  readonly sent: Buffer;
  readonly got: Buffer;
}

export interface Relay {
  readonly port: number;
  /** Every connection so far, in the order in which they were opened. */
  readonly connections: readonly Relayed[];
}

/** Passes connections on to a server on this host, and keeps their bytes: the truth about the wire. */
export async function startRelay(owner: TestOwner, to: number): Promise<Relay> {
  const connections: Relayed[] = [];
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const upstream = connect({ port: to, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const sent = collect(client, upstream);
    const got = collect(upstream, client);
    connections.push({
      get sent() {
        return Buffer.concat(sent);
      },
      get got() {
        return Buffer.concat(got);
      },
    });
  });
  const address = await listen(owner, server);
  return { port: Number(address.split(':')[1]), connections };
}

/** Passes on what comes, its end, and a reset as an end without the rest. */
function collect(from: Socket, to: Socket): readonly Buffer[] {
  const chunks: Buffer[] = [];
  from.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    to.write(chunk);
  });
  from.on('end', () => to.end());
  from.on('error', () => to.destroy());
  from.on('close', () => to.end());
  return chunks;
}

/** Bytes behind the first head. */
export function behindHead(bytes: Buffer): number {
  return bytes.length - (bytes.indexOf('\r\n\r\n') + 4);
}
