import type { ExportError } from '../../../delivery/sdk/export-error.ts';
import type { Secrets } from '../../../delivery/transport/credentials/secrets.ts';
import type { Failure } from './failure.ts';

/** What became of the record: accepted, where there is no failure. */
export interface SendResult {
  readonly failure?: Failure;
  /** A message of the receiver beside its acceptance of the record. */
  readonly warning?: string;
}

export function noAnswer(): Failure {
  return { stage: 'send', code: undefined, message: 'no answer', data: '' };
}

/** @param rejected records */
export function partialSuccess(rejected: number, message: string): SendResult {
  if (rejected > 0) return { failure: { stage: 'rejected', message: message || 'without a reason' } };
  return message === '' ? {} : { warning: message };
}

/** Without these texts in the words of a receiver, or of the system. */
export function withoutSecrets({ failure, warning }: SendResult, secrets: Secrets): SendResult {
  const mask = (text: string): string => secrets.hide(text);
  return {
    ...(failure === undefined ? {} : { failure: maskedFailure(failure, mask) }),
    ...(warning === undefined ? {} : { warning: mask(warning) }),
  };
}

function maskedFailure(failure: Failure, mask: (text: string) => string): Failure {
  if (failure.stage === 'send')
    return { ...failure, message: mask(failure.message), data: mask(failure.data) };
  return failure.stage === 'rejected' || failure.stage === 'foreign'
    ? { ...failure, message: mask(failure.message) }
    : failure;
}

/** An error of an exporter, or of our own. */
export function failed(error: ExportError | undefined): Failure {
  const { code, message = 'no reason given', data = '' } = error ?? {};
  // A time-out of the HTTP exporter has no code.
  const isTimeout = code === undefined && /time[d ]*out/i.test(message);
  return { stage: 'send', code: isTimeout ? undefined : (code ?? 'no code'), message, data: String(data) };
}
