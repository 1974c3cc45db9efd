import { defaultMemoryLimitMib, USUAL_MEMORY_LIMIT_MIB } from '../default-memory-limit.ts';
import { type Option, option } from '../option.ts';
import { mebibytes, timerMilliseconds } from '../values/units.ts';
import { boolean, directoryPath, filePath, integer, oneOf } from '../values/values.ts';

type PipelineKind = 'stream' | 'sdk';
type Freeze = 'auto' | 'on' | 'off';

/** How records reach a receiver, and what they may cost until then. */
export const deliveryOptions = {
  /** Milliseconds that a stopping process waits for delivery. Default `5000`. */
  shutdownTimeoutMs: option(timerMilliseconds, {
    default: 5000,
    unit: 'ms',
    meaning: 'how long a stopping process waits for delivery',
  }) as Option<number>,
  /** Whether the platform stops the process between requests. Default `auto`. */
  freeze: option(oneOf(['auto', 'on', 'off']), {
    default: 'auto',
    meaning:
      'whether the platform stops the process, or its processor, between requests: then records are sent as soon as no ' +
      'exchange is open; `auto`: AWS Lambda, Vercel, Cloud Run, Azure Functions, and where there is a request context ' +
      'with `waitUntil`; `on`, `off` ([serverless](serverless.md))',
  }) as Option<Freeze>,
  /** Own delivery, or that of the official parts. Default `stream`. */
  pipeline: option(oneOf(['stream', 'sdk']), {
    default: 'stream',
    meaning:
      '`stream`: own delivery, which encodes at once, retries as OTLP asks and keeps what waits within a limit; ' +
      '`sdk`: BatchLogRecordProcessor and the official exporter',
  }) as Option<PipelineKind>,
  /** Mebibytes of encoded records in memory, less in a small container; beyond them the oldest give way. Default `80`. */
  memoryLimitMib: option(mebibytes(1), {
    default: USUAL_MEMORY_LIMIT_MIB,
    defaultHere: defaultMemoryLimitMib,
    unit: 'MiB',
    meaning:
      'with `stream`: encoded records held in memory while a receiver is slow or away; beyond it the oldest give way, ' +
      'counted as lost. Default in a container of less than 640 MiB: an eighth of its memory, at least 8',
  }) as Option<number>,
  /** Exports at the same time. Default `8`. */
  maxInFlight: option(integer(1), {
    default: 8,
    meaning:
      'with `stream`: exports at the same time, as many as half of the memory limit holds (of 2 MiB each under load)',
  }) as Option<number>,
  /** File of headers for OTLP, read again when it changes. Default empty. */
  otlpHeadersFile: option(filePath, {
    default: '',
    meaning:
      'with `stream`: file of headers for OTLP, `name=value` on each line, read again when it changes; they come ' +
      'before those of `OTEL_EXPORTER_OTLP_HEADERS`',
  }) as Option<string>,
  /** Directory in which unacknowledged records outlive the process. Empty: nothing touches the disk. Default empty. */
  spoolDir: option(directoryPath, {
    default: '',
    meaning:
      'with `stream`: directory in which records that no receiver has acknowledged outlive the process; their files ' +
      'are in its subdirectory `otel-access-log`, which only the user of the process may enter; many processes may ' +
      'share it; empty: nothing touches the disk',
  }) as Option<string>,
  /** Mebibytes of records in the spool directory, per process; beyond it the oldest give way. Default `256`. */
  spoolLimitMib: option(mebibytes(8), {
    default: 256,
    unit: 'MiB',
    meaning:
      'with `spoolDir`: records that one process keeps on disk; beyond it the oldest give way, counted as lost',
  }) as Option<number>,
  /** Whether what is written to the spool directory is flushed to the device. Default `false`. */
  spoolFsync: option(boolean, {
    default: false,
    meaning:
      'with `spoolDir`: whether each write is flushed to the device (`fsync`), so that records outlive a power ' +
      'failure too, and not only the process',
  }) as Option<boolean>,
};
