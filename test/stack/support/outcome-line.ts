// Lines of the traffic of outcomes.ts as a test can compare them.
import assert from 'node:assert/strict';
import type { LogLine } from './loki-client.ts';
import { TRACES } from './outcomes.ts';

/** Body and structured metadata by name. */
export type Texts = Readonly<Record<string, string>>;

/** What differs from run to run, each with what must hold of it. */
const VARYING: Readonly<Record<string, RegExp>> = {
  access_log_process_id: /^[\da-f-]{36}$/,
  access_log_time_to_headers: /^\d+(\.\d+)?(e-\d)?$/,
  http_server_request_duration: /^\d+(\.\d+)?(e-\d)?$/,
  network_peer_port: /^\d+$/,
  observed_timestamp: /^\d{19}$/,
  span_id: /^(?!00f067aa0ba902b7)[\da-f]{16}$/,
};

/** Sizes of requests, which the headers of the clients alone decide. */
const REQUEST_SIZE = 'http_request_size';

/** Metadata of a line with its body, without what differs from run to run. */
export function steady({ line, labels, metadata }: LogLine): Texts {
  assert.deepEqual(labels, { service_name: 'shop' });
  const texts: Record<string, string> = { line: line.replace(/ [\d.]+ms$/, '') };
  for (const [name, value] of Object.entries(metadata)) {
    const varying = VARYING[name];
    if (varying !== undefined) assert.match(value, varying);
    texts[name] = varying === undefined ? value : '<varying>';
  }
  if (REQUEST_SIZE in texts) texts[REQUEST_SIZE] = '<size>';
  const isTraced = Object.values<string | undefined>(TRACES).includes(metadata.trace_id);
  if (metadata.trace_id !== undefined && !isTraced) texts.trace_id = '<a new id>';
  if (texts.access_log_event === 'heartbeat') {
    assert.match(
      line,
      /^heartbeat: served \d+, ignored 0, suppressed 0, kept \d+, delivered \d+, lost 0, pending \d+$/,
    );
    texts.line = 'heartbeat';
    // How far delivery has come by then.
    for (const name of ['delivered', 'pending']) texts[`access_log_total_${name}`] = '<varying>';
  }
  return texts;
}

/** What a line is about: the name of its trace, its event, or its error where no trace was sent. */
export function keyOf({ metadata }: LogLine): string {
  const { access_log_event: event, trace_id: traceId, error_type: errorType = '' } = metadata;
  if (event === 'heartbeat') {
    if (metadata.access_log_final === undefined) return 'heartbeat';
    return metadata.access_log_total_served === '1' ? 'last heartbeat of the crash' : 'last heartbeat';
  }
  if (event !== undefined) return event;
  return Object.entries(TRACES).find(([, id]) => id === traceId)?.[0] ?? errorType;
}
