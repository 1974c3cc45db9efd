/**
 * An OTLP/gRPC receiver that only counts: it shares its core with the load generator, so it has to be cheap. It
 * takes logs and traces, and acknowledges everything: `receiver.js MS`, so many milliseconds after it came.
 */
import { createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { constants, setPriority } from 'node:os';
import { countRecords } from './count-records.ts';
import { answerRunner, type Received, type ReceiverAnswers } from './protocol.ts';

/** Compressed flag and length come before each message. https://grpc.github.io/grpc/core/md_doc__p_r_o_t_o_c_o_l-_h_t_t_p2.html */
const PREFIX_BYTES = 5;
const EMPTY_MESSAGE = Buffer.alloc(PREFIX_BYTES);
const WINDOW_BYTES = 16 * 1024 * 1024;
const NOTHING: Received = { records: 0, events: 0, exports: 0, traceExports: 0 };

const delayMs = Number(process.argv[2] ?? 0);
let counts = NOTHING;

// While it reads an export, the load generator on the same core would stand still, and then send all that has become
// due at once. One that acknowledges at once stays as it is: beside a generator that never sleeps it would starve.
if (delayMs > 0) setPriority(constants.priority.PRIORITY_LOW);

function take(path: string, message: Buffer): void {
  if (path.endsWith('TraceService/Export')) {
    counts = { ...counts, traceExports: counts.traceExports + 1 };
    return;
  }
  const { records, events } = countRecords(message);
  counts = {
    ...counts,
    records: counts.records + records,
    events: counts.events + events,
    exports: counts.exports + 1,
  };
}

function acknowledge(stream: ServerHttp2Stream): void {
  // The sender may have given up by now.
  if (stream.destroyed) return;
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(EMPTY_MESSAGE);
}

const server = createServer({ settings: { initialWindowSize: WINDOW_BYTES } });
server.on('session', (session) => session.setLocalWindowSize(WINDOW_BYTES));
server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders & { ':path'?: string }) => {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => {
    take(headers[':path'] ?? '', Buffer.concat(chunks).subarray(PREFIX_BYTES));
    if (delayMs === 0) acknowledge(stream);
    else setTimeout(acknowledge, delayMs, stream);
  });
});

server.listen(0, '127.0.0.1', () => {
  answerRunner<ReceiverAnswers>((server.address() as AddressInfo).port, {
    counts: () => counts,
    reset: () => {
      counts = NOTHING;
      return null;
    },
  });
});
