import type { Exchange } from '../../http/exchange.ts';
import { ATTRIBUTES } from '../attributes/attribute-table.ts';
import type { Masking } from '../masking/masking.ts';
import { OTHER } from '../receipt/exchange-key.ts';
import type { RecordWriter } from '../record-writer.ts';
import { classOfThrown, isError } from './thrown.ts';

/** UTF-16 code units of a message that are looked at: errors of databases quote whole statements. */
const MAX_READ = 16_384;

/**
 * Writes which error an application's error handlers were handed, where the exchange ended with a 5xx or the process
 * crashed. An error of the client (4xx) is told by its status.
 *
 * @param showsMessage whether the message is written too: it may hold what a client sent
 */
export function readException(
  writer: RecordWriter,
  { thrown, statusCode = 0, outcome }: Exchange,
  masking: Masking,
  showsMessage: boolean,
): void {
  writer.exceptionType = undefined;
  writer.exceptionMessage = undefined;
  if (thrown === undefined || (statusCode < 500 && outcome !== 'crashed')) return;
  const type = classOfThrown(thrown);
  if (type !== OTHER) {
    // Any text: applications set names of errors, and some put a message there.
    const shownType = masking.text(ATTRIBUTES.exceptionType.name, type.slice(0, MAX_READ));
    if (shownType !== undefined) writer.exceptionType = writer.capped(ATTRIBUTES.exceptionType, shownType);
  }
  const message = showsMessage ? messageOf(thrown) : '';
  if (message === '') return;
  if (message.length > MAX_READ) writer.cut(ATTRIBUTES.exceptionMessage.name);
  const shown = masking.text(ATTRIBUTES.exceptionMessage.name, message.slice(0, MAX_READ));
  if (shown !== undefined) writer.exceptionMessage = writer.capped(ATTRIBUTES.exceptionMessage, shown);
}

/** Never throws, whatever the error is made of. */
function messageOf(thrown: unknown): string {
  try {
    const message: unknown = isError(thrown) ? thrown.message : thrown;
    return typeof message === 'string' ? message : '';
  } catch {
    return '';
  }
}
