import { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer';
import { ByteWriter } from '../../src/delivery/otlp/byte-writer.ts';
import { RecordEncoder } from '../../src/delivery/otlp/record-encoder.ts';
import type { AccessLogRecord } from '../../src/record/access-log-record.ts';
import type { RecordFields } from '../../src/record/record-fields.ts';
import { RecordWriter } from '../../src/record/record-writer.ts';
import {
  connection,
  exchange,
  recordMaker,
  recordOptions,
} from '../../test/record/support/exchange-factory.ts';
import type { MicroCase } from './cases.ts';

const CONNECTIONS = 64;
const RECORDS = 1024;
const BATCH = 512;
/** More than any of the records takes. */
const RECORD_BYTES = 4096;

/** A string of its own, as each request brings its own: comparing it takes more than a look at the address. */
function fresh(text: string): string {
  return Buffer.from(text).toString();
}

function freshId(index: number, digits: number): string {
  return fresh((0x1000_0000 + index * 7919).toString(16).padEnd(digits, '3'));
}

/** Records of exchanges on 64 connections in turns, each with strings of its own. */
function records(): AccessLogRecord[] {
  const make = recordMaker(recordOptions());
  const connections = Array.from({ length: CONNECTIONS }, (_, index) =>
    connection({ remotePort: 32_768 + index }),
  );
  return Array.from({ length: RECORDS }, (_, index) =>
    make(
      exchange({
        connection: connections[index % CONNECTIONS] ?? connection(),
        target: fresh(`/orders/${1000 + index}?expand=items&n=1`),
        userAgent: fresh('Mozilla/5.0 (X11; Linux x86_64) Firefox/99'),
        responseBodySize: 1000 + index,
        responseSize: 1170 + index,
        durationMs: 12.4 + index / 1000,
      }),
      {
        timestamp: [1_795_457_109, index * 7919],
        ids: { traceId: freshId(index, 32), spanId: freshId(index, 16), traceFlags: 1 },
        service: 'shop',
      },
    ),
  );
}

/** Their fields; the one object that the builder fills again is copied. */
function fieldsOf(all: readonly AccessLogRecord[]): RecordFields[] {
  return all.map(({ fields }) => Object.assign(new RecordWriter(), fields));
}

/** Hands one item after the other to `encode`, with room in the writer. */
function encodingCase<T>(
  name: string,
  items: readonly T[],
  encode: (writer: ByteWriter, item: T) => boolean,
): MicroCase {
  const writer = new ByteWriter();
  writer.bytes = Buffer.allocUnsafeSlow(256 * 1024);
  writer.end = writer.bytes.length;
  let index = 0;
  return {
    name,
    run: () => {
      if (writer.end - writer.at < RECORD_BYTES) writer.at = 0;
      const item = items[index++ % items.length];
      return item !== undefined && encode(writer, item);
    },
  };
}

function encodingCases(): readonly MicroCase[] {
  const all = records();
  const fields = fieldsOf(all);
  const moved = fieldsOf(all);
  const [kept, fleeting, general] = [new RecordEncoder(), new RecordEncoder(), new RecordEncoder()];
  let port = 0;
  const touched = all.map((record) => record.setAttribute('app.tenant', 'shop'));
  const batch = touched.slice(0, BATCH);
  return [
    encodingCase('encoding a record of a connection that is known', fields, (writer, one) =>
      kept.appendFields(writer, one),
    ),
    encodingCase('encoding the first record of a connection', moved, (writer, one) => {
      one.peerPort = 32_768 + (port++ & 0x3fff);
      return fleeting.appendFields(writer, one);
    }),
    encodingCase('encoding a record that a processor touched', touched, (writer, one) =>
      general.append(writer, one),
    ),
    {
      name: `the official serializer, ${BATCH} records at once`,
      run: () => ProtobufLogsSerializer.serializeRequest(batch),
    },
  ];
}

export const ENCODING_CASES: readonly MicroCase[] = encodingCases();
