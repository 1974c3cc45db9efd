/** Field numbers of opentelemetry/proto/collector/logs/v1 and logs/v1. */
const RESOURCE_LOGS = 1;
const SCOPE_LOGS = 2;
const LOG_RECORDS = 2;
const EVENT_NAME = 12;

/**
 * Counts the log records of an ExportLogsServiceRequest, without reading more of them than their event name.
 *
 * @returns `events` those that this package writes beside the records of exchanges, `records` all others
 * @throws RangeError where the bytes are no such message
 */
export function countRecords(message: Buffer): { readonly records: number; readonly events: number } {
  let records = 0;
  let events = 0;
  eachMessage(message, RESOURCE_LOGS, (resourceLogs) => {
    eachMessage(resourceLogs, SCOPE_LOGS, (scopeLogs) => {
      eachMessage(scopeLogs, LOG_RECORDS, (record) => {
        let name = '';
        eachMessage(record, EVENT_NAME, (text) => {
          name = text.toString('latin1');
        });
        if (name.startsWith('access_log.') && name !== 'access_log.request') events += 1;
        else records += 1;
      });
    });
  });
  return { records, events };
}

/** Calls `visit` for each field of that number, all of which are length-delimited. */
function eachMessage(message: Buffer, wanted: number, visit: (field: Buffer) => void): void {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message.readUInt8(at);
      at += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    switch (tag & 7) {
      case 0:
        varint();
        break;
      case 1:
        at += 8;
        break;
      case 2: {
        const length = varint();
        if (tag >> 3 === wanted) visit(message.subarray(at, at + length));
        at += length;
        break;
      }
      case 5:
        at += 4;
        break;
      default:
        throw new RangeError(`Expected a protobuf field, got the tag ${tag}`);
    }
  }
}
