import {
  accept,
  lostAnswer,
  raw,
  refuse,
  reset,
  rst,
  type ScriptedAnswer,
} from '../support/scripted-receiver.ts';
import { ALL, BATCH, EVERY_PIECE, type Fault, HALVES, testFaults } from './support/table.ts';

const AGAIN = [BATCH, BATCH];

/** https://opentelemetry.io/docs/specs/otlp/#failures; INTERNAL, INVALID_ARGUMENT and UNKNOWN may be one record's. */
const CODES: readonly [code: number, name: string, remedy: 'again' | 'divide' | 'give up'][] = [
  [1, 'CANCELLED', 'again'],
  [2, 'UNKNOWN', 'divide'],
  [3, 'INVALID_ARGUMENT', 'divide'],
  [4, 'DEADLINE_EXCEEDED', 'again'],
  [5, 'NOT_FOUND', 'give up'],
  [6, 'ALREADY_EXISTS', 'give up'],
  [7, 'PERMISSION_DENIED', 'give up'],
  [8, 'RESOURCE_EXHAUSTED', 'give up'],
  [9, 'FAILED_PRECONDITION', 'give up'],
  [10, 'ABORTED', 'again'],
  [11, 'OUT_OF_RANGE', 'again'],
  [12, 'UNIMPLEMENTED', 'give up'],
  [13, 'INTERNAL', 'divide'],
  [14, 'UNAVAILABLE', 'again'],
  [15, 'DATA_LOSS', 'again'],
  [16, 'UNAUTHENTICATED', 'give up'],
];

function faultsOf([code, name, remedy]: (typeof CODES)[number]): Fault[] {
  const answer = refuse(code, { message: 'not now' });
  switch (remedy) {
    case 'again':
      return [
        { name: `${name}, and it is sent again`, answers: [answer], attempts: AGAIN },
        { name: `${name} three times`, answers: [answer, answer, answer], attempts: [...AGAIN, ...AGAIN] },
      ];
    case 'divide':
      return [
        { name: `${name}, and the halves are taken`, answers: [answer], attempts: HALVES },
        {
          name: `${name} for everything`,
          answers: EVERY_PIECE.map(() => answer),
          attempts: EVERY_PIECE,
          lost: ALL,
          errorType: name,
        },
        {
          name: `${name} as long as the third record is in it`,
          answers: [answer, answer, accept(), answer, answer],
          attempts: [8, 4, 2, 2, 1, 1, 4],
          lost: [2],
          errorType: name,
        },
      ];
    case 'give up':
      return [{ name, answers: [answer], attempts: [BATCH], lost: ALL, errorType: name }];
  }
}

const again = (name: string, answer: ScriptedAnswer, attempts: Fault['attempts'] = AGAIN): Fault => ({
  name,
  answers: [answer],
  attempts,
});
const unread = [undefined, BATCH];

testFaults('grpc', [
  ...CODES.flatMap(faultsOf),
  again('UNAVAILABLE with RetryInfo', refuse(14, { retryInfoMs: 50 })),
  again('RESOURCE_EXHAUSTED with RetryInfo', refuse(8, { retryInfoMs: 50 })),
  again('details that are garbage', refuse(14, { headers: { 'grpc-status-details-bin': 'AAEC' } })),
  again('a proxy with 503', refuse(503)),
  {
    name: 'a proxy with 404',
    answers: [refuse(404)],
    attempts: [BATCH],
    lost: ALL,
    errorType: 'UNIMPLEMENTED',
  },
  again('refused before it is read', refuse(14, { early: true }), unread),
  again('RST_STREAM with INTERNAL_ERROR', rst(2)),
  again('RST_STREAM with REFUSED_STREAM', rst(7)),
  again('RST_STREAM with CANCEL', rst(8)),
  again('RST_STREAM with ENHANCE_YOUR_CALM', rst(11)),
  again('the connection is reset at the head', reset('head'), unread),
  again('the connection is reset in the middle', reset('body'), unread),
  again('the connection is reset instead of an answer', reset('answer')),
  { name: 'the answer is lost', answers: [lostAnswer()], attempts: AGAIN, repeated: ALL },
  {
    name: 'a message that is garbage',
    answers: [accept({ body: Buffer.from('garbage') })],
    attempts: [BATCH],
  },
  { name: 'success without a message', answers: [raw('')], attempts: [BATCH] },
  { name: 'a frame that is garbage', answers: [raw('garbage that is no frame')], attempts: [BATCH] },
  {
    name: 'partial success',
    answers: [accept({ rejected: 3, message: 'too old' })],
    attempts: [BATCH],
    lost: [5, 6, 7],
    errorType: 'partial_success',
  },
  { name: 'a warning', answers: [accept({ message: 'slow down' })], attempts: [BATCH] },
]);
