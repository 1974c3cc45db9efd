import { accept, lostAnswer, raw, refuse, reset, type ScriptedAnswer } from '../support/scripted-receiver.ts';
import { ALL, BATCH, EVERY_PIECE, type Fault, HALVES, testFaults } from './support/table.ts';

const AGAIN = [BATCH, BATCH];

/** Retryable (https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes). */
const AGAIN_STATUSES = [429, 502, 503, 504];
/** May be about one record. */
const DIVIDED_STATUSES = [400, 422, 500];
const FINAL_STATUSES = [301, 401, 403, 404, 405, 408, 409, 415, 501, 505];

const again = (name: string, answer: ScriptedAnswer, attempts: Fault['attempts'] = AGAIN): Fault => ({
  name,
  answers: [answer],
  attempts,
});
const unread = [undefined, BATCH];
const PAGE = { headers: { 'content-type': 'text/html' }, body: Buffer.from('<html>welcome</html>') };
const date = 'Mon, 23 Nov 2026 10:00:00 GMT';

testFaults('http/protobuf', [
  ...AGAIN_STATUSES.flatMap((status): Fault[] => [
    again(`${status}, and it is sent again`, refuse(status, { message: 'not now' })),
    {
      name: `${status} three times`,
      answers: [refuse(status), refuse(status), refuse(status)],
      attempts: [...AGAIN, ...AGAIN],
    },
    again(`${status} with Retry-After`, refuse(status, { headers: { 'retry-after': '0' } })),
  ]),
  again('503 with Retry-After of a second', refuse(503, { headers: { 'retry-after': '1' } })),
  again(
    '429 with Retry-After as a date, which is past',
    refuse(429, { headers: { date, 'retry-after': 'Mon, 23 Nov 2026 09:59:00 GMT' } }),
  ),
  again('503 with Retry-After that is neither', refuse(503, { headers: { 'retry-after': 'soon' } })),
  ...DIVIDED_STATUSES.flatMap((status): Fault[] => [
    again(`${status}, and the halves are taken`, refuse(status, { message: 'no' }), HALVES),
    {
      name: `${status} for everything`,
      answers: EVERY_PIECE.map(() => refuse(status)),
      attempts: EVERY_PIECE,
      lost: ALL,
      errorType: String(status),
    },
    {
      name: `${status} as long as the sixth record is in it`,
      answers: [refuse(status), accept(), refuse(status), refuse(status), accept(), refuse(status)],
      attempts: [8, 4, 4, 2, 1, 1, 2],
      lost: [5],
      errorType: String(status),
    },
  ]),
  ...FINAL_STATUSES.map(
    (status): Fault => ({
      name: String(status),
      answers: [refuse(status)],
      attempts: [BATCH],
      lost: ALL,
      errorType: String(status),
    }),
  ),
  again('200 with a page for a browser', refuse(200, PAGE)),
  again('503 with a page for a browser', refuse(503, PAGE)),
  again('refused before it is read', refuse(503, { early: true }), unread),
  again('the connection is reset at the head', reset('head'), unread),
  again('the connection is reset in the middle', reset('body'), unread),
  again('the connection is reset instead of an answer', reset('answer')),
  { name: 'the answer is lost', answers: [lostAnswer()], attempts: AGAIN, repeated: ALL },
  again('an answer that is no HTTP', raw('garbage\r\n\r\n')),
  again('an answer that ends within its head', raw('HTTP/1.1 200 OK\r\ncontent-le')),
  {
    name: 'a message that is garbage',
    answers: [accept({ body: Buffer.from('garbage') })],
    attempts: [BATCH],
  },
  {
    name: 'partial success',
    answers: [accept({ rejected: 3, message: 'too old' })],
    attempts: [BATCH],
    lost: [5, 6, 7],
    errorType: 'partial_success',
  },
  {
    name: 'partial success that rejects more than there is',
    answers: [accept({ rejected: 1_000_000 })],
    attempts: [BATCH],
    lost: ALL,
    errorType: 'partial_success',
  },
  { name: 'a warning', answers: [accept({ message: 'slow down' })], attempts: [BATCH] },
]);
