/** A number of records that the receiver did not take, and why. */
export interface PartialSuccess {
  readonly rejectedLogRecords: number;
  readonly errorMessage: string;
}

/** Wire types of protobuf. */
const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** The `ExportLogsServiceResponse` to an export that was taken: empty, unless a part of it was not. */
export function encodeResponse(partialSuccess: PartialSuccess | undefined): Buffer {
  if (partialSuccess === undefined) return Buffer.alloc(0);
  const { rejectedLogRecords, errorMessage } = partialSuccess;
  const fields = [tag(1, VARINT), varint(BigInt(rejectedLogRecords)), text(2, errorMessage)];
  return message(1, Buffer.concat(fields));
}

/** The `google.rpc.Status` of an export that was not taken. */
export function encodeStatus(errorMessage: string): Buffer {
  return text(2, errorMessage);
}

function text(field: number, value: string): Buffer {
  return message(field, Buffer.from(value));
}

function message(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([tag(field, LENGTH_DELIMITED), varint(BigInt(bytes.length)), bytes]);
}

function tag(field: number, type: number): Buffer {
  return Buffer.of((field << 3) | type);
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.of(...bytes, Number(rest));
}
