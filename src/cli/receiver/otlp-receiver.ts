import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { DecodeQueue } from './decode-queue.ts';
import { listenGrpc } from './otlp-grpc.ts';
import { listenHttp } from './otlp-http.ts';
import { decodeJson } from './otlp-json.ts';
import { Allowance, MAX_MESSAGE_BYTES } from './otlp-limits.ts';
import {
  type Answer,
  COME_AGAIN,
  INVALID,
  type Intake,
  NOT_GZIP,
  type RawExport,
  type ReceiverTls,
  TOO_LARGE,
  type Transport,
} from './otlp-listener.ts';
import { decodeProtobuf } from './otlp-protobuf.ts';
import type { ReceivedRecord } from './otlp-record.ts';
import { compileOwnHost } from './own-host.ts';
import { stepOverPortsInUse } from './ports.ts';
import { ReceiveMemory } from './receive-memory.ts';

export type { Answer, ReceiverTls } from './otlp-listener.ts';
export type { ReceivedRecord } from './otlp-record.ts';

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
  /** Names that HTTP clients may call it by, beside `localhost`, addresses and `host`. Default none. */
  readonly allowedHosts?: readonly string[];
  readonly tls?: ReceiverTls;
  /** Called for every record that is taken, before the export is answered. */
  readonly onRecord: (record: ReceivedRecord) => void;
  /** Waited for before an export is decoded: until then it is only its bytes. Default: at once. */
  readonly whenReady?: () => Promise<void>;
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
  /** Records, attributes and items left out because there were too many of them. */
  readonly leftOut: number;
}

export interface Receiver {
  readonly grpcPort: number;
  readonly httpPort: number;
  readonly counts: ReceiverCounts;
  /**
   * Ends open connections too. Idempotent.
   * @param graceMs milliseconds in which exports under way are answered and connections are closed. Default 0
   */
  close(graceMs?: number): Promise<void>;
}

/**
 * Starts an OTLP receiver for logs: gRPC (`LogsService/Export`) and HTTP (`POST /v1/logs`; protobuf or JSON,
 * plain or gzip). Exports that cannot be read are refused as OTLP requires, and counted.
 *
 * @throws Error with `code` `EADDRINUSE` where a port is taken
 */
export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { host = '127.0.0.1', grpcPort, httpPort, tls, allowedHosts = [] } = options;
  const counts = { requests: 0, records: 0, invalid: 0, refused: 0, leftOut: 0 };
  const listening = {
    host,
    tls,
    intake: createIntake(options, counts),
    memory: new ReceiveMemory(),
    isOwnHost: compileOwnHost([host, ...allowedHosts]),
    onUnreadable: () => counts.invalid++,
  };
  const http = await listenHttp({ ...listening, port: httpPort });
  const grpc = await listenGrpc({ ...listening, port: grpcPort }).catch(async (error: unknown) => {
    await http.close(0);
    throw error;
  });
  return {
    grpcPort: grpc.port,
    httpPort: http.port,
    counts,
    close: async (graceMs = 0) => {
      await Promise.all([grpc.close(graceMs), http.close(graceMs)]);
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

type Counts = { -readonly [Key in keyof ReceiverCounts]: number };

/** What an export holds, as far as it is read. */
interface Decoded extends Pick<ReceivedRequest, 'byteLength' | 'records'> {
  readonly recordsLeftOut: number;
}

const gunzipped = promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip);

function createIntake(options: ReceiverOptions, counts: Counts): Intake {
  const { onRecord, onRequest, whenReady } = options;
  const queue = new DecodeQueue();
  const take = (raw: RawExport, { records, recordsLeftOut }: Decoded, given: Answer): Answer => {
    const answer = recordsLeftOut === 0 ? given : withLeftOut(given, recordsLeftOut);
    const { rejectedLogRecords = 0 } = given.partialSuccess ?? {};
    const taken = isRefusal(raw.transport, given)
      ? []
      : records.slice(0, Math.max(0, records.length - rejectedLogRecords));
    counts.records += taken.length;
    counts.refused += records.length - taken.length;
    for (const record of taken) onRecord(record);
    return answer;
  };
  return async (raw) => {
    if (queue.isFull) return COME_AGAIN;
    const read = await queue.take(async () => {
      await whenReady?.();
      // It has gone, and comes again with the same records.
      if (!raw.isAwaited()) return COME_AGAIN;
      const decoded = await decode(raw, counts);
      // Shown in this turn, so that the next export waits until there is room again.
      return onRequest === undefined && isDecoded(decoded) ? take(raw, decoded, {}) : decoded;
    });
    if (!isDecoded(read)) return read;
    const { transport, headers } = raw;
    const { byteLength, records } = read;
    return take(raw, read, (await onRequest?.({ transport, headers, byteLength, records })) ?? {});
  };
}

function isDecoded(read: Decoded | Answer): read is Decoded {
  return 'records' in read;
}

async function decode(
  { body, isCompressed, encoding }: RawExport,
  counts: Counts,
): Promise<Decoded | Answer> {
  const unreadable = (answer: Answer): Answer => {
    counts.invalid++;
    return answer;
  };
  let bytes = body;
  try {
    if (isCompressed) bytes = await gunzipped(body, { maxOutputLength: MAX_MESSAGE_BYTES });
  } catch (error) {
    const isTooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return unreadable(isTooLarge ? TOO_LARGE : NOT_GZIP);
  }
  const allowance = new Allowance();
  try {
    const records = encoding === 'json' ? decodeJson(bytes, allowance) : decodeProtobuf(bytes, allowance);
    counts.requests++;
    const { recordsLeftOut, valuesLeftOut } = allowance;
    counts.leftOut += recordsLeftOut + valuesLeftOut;
    return { byteLength: bytes.length, records, recordsLeftOut };
  } catch {
    return unreadable(INVALID);
  }
}

/** Records that were not read count as rejected in the answer. */
function withLeftOut(answer: Answer, recordsLeftOut: number): Answer {
  const { rejectedLogRecords = 0, errorMessage = 'too many records in one export' } =
    answer.partialSuccess ?? {};
  return {
    ...answer,
    partialSuccess: { rejectedLogRecords: rejectedLogRecords + recordsLeftOut, errorMessage },
  };
}

function isRefusal(transport: Transport, { httpStatus = 200, grpcCode = 0 }: Answer): boolean {
  return transport === 'http' ? httpStatus >= 400 : grpcCode !== 0;
}
