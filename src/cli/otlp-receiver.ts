import { decodeJson, decodeProtobuf, type ReceivedRecord } from './otlp-decode.ts';
import { listenGrpc } from './otlp-grpc.ts';
import { listenHttp } from './otlp-http.ts';
import type { Answer, Intake, ReceiverTls, Transport } from './otlp-transport.ts';
import { probePort, stepOverPortsInUse } from './ports.ts';

export type { ReceivedRecord } from './otlp-decode.ts';
export type { Answer, ReceiverTls } from './otlp-transport.ts';

/** One export as it arrived. */
export interface ReceivedRequest {
  readonly transport: Transport;
  /** HTTP headers or gRPC metadata, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Size of the message after decompression. */
  readonly byteLength: number;
  readonly records: readonly ReceivedRecord[];
}

export interface ReceiverOptions {
  /** 0 for a free port. */
  readonly grpcPort: number;
  /** 0 for a free port. */
  readonly httpPort: number;
  /** Default `127.0.0.1`. */
  readonly host?: string;
  readonly tls?: ReceiverTls;
  /** Called for every record that is taken, before the export is answered. */
  readonly onRecord: (record: ReceivedRecord) => void;
  /**
   * Called for every export that could be read; decides how it is answered. The answer is late when the promise
   * is, and a promise that never settles is a receiver that hangs (until it is closed). Default: success at once.
   */
  readonly onRequest?: (request: ReceivedRequest) => Answer | undefined | Promise<Answer | undefined>;
}

/** What a receiver has seen since it started. */
interface ReceiverCounts {
  /** Exports that could be read. */
  readonly requests: number;
  /** Records taken. */
  readonly records: number;
  /** Exports that could not be read, and what else was sent to the ports that is neither a log nor another signal. */
  readonly invalid: number;
  /** Records not taken because of an `Answer`. */
  readonly refused: number;
}

export interface Receiver {
  readonly grpcPort: number;
  readonly httpPort: number;
  readonly counts: ReceiverCounts;
  /** Ends open connections too. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts an OTLP receiver for logs: gRPC (`LogsService/Export`) and HTTP (`POST /v1/logs`; protobuf or JSON,
 * plain or gzip). What it cannot read it answers as OTLP says and counts.
 * @throws Error with `code` `EADDRINUSE` where a port is taken
 */
export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { host = '127.0.0.1', grpcPort, httpPort, tls } = options;
  const counts = { requests: 0, records: 0, invalid: 0, refused: 0 };
  const intake = createIntake(options, counts);
  const listening = { host, tls, intake, onUnreadable: () => counts.invalid++ };
  // Looked at first: where binding fails, grpc-js writes to stderr and gives an error without a code.
  if (grpcPort !== 0) await probePort(host, grpcPort);
  const http = await listenHttp({ ...listening, port: httpPort });
  const grpc = await listenGrpc({ ...listening, port: grpcPort }).catch(async (error: unknown) => {
    await http.close();
    throw error;
  });
  return {
    grpcPort: grpc.port,
    httpPort: http.port,
    counts,
    close: async () => {
      await Promise.all([grpc.close(), http.close()]);
    },
  };
}

/** As `startReceiver`; where one of the two ports is in use, both move on by 10, again and again. */
export function startReceiverNear(options: ReceiverOptions): Promise<Receiver> {
  return stepOverPortsInUse(
    (offset) =>
      startReceiver({ ...options, grpcPort: options.grpcPort + offset, httpPort: options.httpPort + offset }),
    { step: 10 },
  );
}

function createIntake(
  { onRecord, onRequest = () => undefined }: ReceiverOptions,
  counts: { -readonly [Key in keyof ReceiverCounts]: number },
): Intake {
  return async ({ transport, headers, body, encoding }) => {
    let records: readonly ReceivedRecord[];
    try {
      records = encoding === 'json' ? decodeJson(body.toString('utf8')) : decodeProtobuf(body);
    } catch {
      counts.invalid++;
      return 'invalid';
    }
    counts.requests++;
    const answer = (await onRequest({ transport, headers, byteLength: body.length, records })) ?? {};
    const taken = isRefusal(transport, answer)
      ? []
      : records.slice(0, Math.max(0, records.length - (answer.partialSuccess?.rejectedLogRecords ?? 0)));
    counts.records += taken.length;
    counts.refused += records.length - taken.length;
    for (const record of taken) onRecord(record);
    return answer;
  };
}

function isRefusal(transport: Transport, { httpStatus = 200, grpcCode = 0 }: Answer): boolean {
  return transport === 'http' ? httpStatus >= 400 : grpcCode !== 0;
}
