import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { encodeMessages } from '../../../delivery/at-exit/encode-messages.ts';
import { createTransport, type TransportSettings } from '../../../delivery/transport/create-transport.ts';
import { grpcStatusCode } from '../../../delivery/transport/grpc/grpc-status.ts';
import type { Refused } from '../../../delivery/transport/transport.ts';
import type { Failure } from './failure.ts';
import { partialSuccess, type SendResult } from './send-result.ts';

/** As `ACCESS_LOG_PIPELINE=stream` does: by our own encoder and transport. */
export async function sendByTransport(
  settings: TransportSettings,
  record: ReadableLogRecord,
  timeoutMs: number,
): Promise<SendResult> {
  const [message] = encodeMessages([record]);
  if (message === undefined) throw new Error('the record cannot be encoded');
  return exportOnce(settings, message.parts, timeoutMs);
}

/** Sends an export request with nothing in it, for what is answered. */
export async function sendNothing(settings: TransportSettings, timeoutMs: number): Promise<SendResult> {
  return exportOnce(settings, [], timeoutMs);
}

async function exportOnce(
  settings: TransportSettings,
  parts: readonly Uint8Array[],
  timeoutMs: number,
): Promise<SendResult> {
  const silent = { warn() {}, info() {} };
  const transport = createTransport(settings, silent);
  // The transport does not keep the process alive; this timer does.
  const holding = setInterval(() => undefined, timeoutMs);
  try {
    const answer = await transport.send(parts, timeoutMs);
    if (answer.kind === 'refused') return { failure: failureOf(answer) };
    if (answer.foreign !== undefined) return { failure: { stage: 'foreign', message: answer.foreign } };
    return partialSuccess(answer.rejected, answer.message);
  } finally {
    clearInterval(holding);
    transport.close();
  }
}

/** A refusal with its code as a number again, and the receiver's words apart from it. */
export function failureOf({ errorType, message }: Pick<Refused, 'errorType' | 'message'>): Failure {
  // The receiver was not asked.
  if (/^(?:14 UNAVAILABLE: )?the proxy /.test(message)) {
    return { stage: 'connect', code: '', message: message.replace(/^14 UNAVAILABLE: /, '') };
  }
  const code = grpcStatusCode(errorType);
  if (code !== undefined)
    return { stage: 'send', code, message: message.replace(/^\d+ [A-Z_]+: ?/, ''), data: '' };
  if (/^\d{3}$/.test(errorType)) {
    const [, reason = message, data = ''] = /^([^:]*)(?:: (.*))?$/s.exec(message) ?? [];
    return { stage: 'send', code: Number(errorType), message: reason, data };
  }
  return { stage: 'send', code: errorType, message, data: '' };
}
