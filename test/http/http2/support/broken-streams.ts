// Streams that break off.
import { once } from 'node:events';
import { constants } from 'node:http2';
import type { Seen } from '../../support/observed.ts';
import { after, beforeHeaders, quiet, type StreamScenario } from './stream-scenario.ts';

const { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR, NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_REFUSED_STREAM } =
  constants;
const BIG = Buffer.alloc(8 * 1024 * 1024);

const noHead: Partial<Seen> = { statusCode: undefined, sentHead: false, responseBodySize: undefined };

export const BROKEN_STREAMS: readonly StreamScenario[] = [
  {
    name: 'a reset before the head',
    onRequest: () => undefined,
    client: beforeHeaders((stream) => stream.close(NGHTTP2_CANCEL)),
    expected: { ...noHead, outcome: 'aborted', errorCode: 'NGHTTP2_CANCEL' },
  },
  {
    name: 'a reset with another code',
    onStream: (s) => {
      quiet(s);
    },
    client: beforeHeaders((stream) => stream.close(NGHTTP2_ENHANCE_YOUR_CALM)),
    expected: { ...noHead, outcome: 'aborted', errorCode: 'NGHTTP2_ENHANCE_YOUR_CALM' },
  },
  {
    name: 'a reset with a code that is not registered',
    onStream: (s) => {
      quiet(s);
    },
    client: beforeHeaders((stream) => stream.close(4711)),
    expected: { ...noHead, outcome: 'aborted', errorCode: '_OTHER' },
  },
  {
    name: 'the connection is closed before the head',
    onRequest: () => undefined,
    client: beforeHeaders((_stream, session) => session.destroy()),
    expected: { ...noHead, outcome: 'aborted', errorCode: 'NGHTTP2_CANCEL' },
  },
  {
    name: 'GOAWAY of the client with an error',
    onStream: (s) => {
      quiet(s);
    },
    client: beforeHeaders((_stream, session) => session.goaway(NGHTTP2_ENHANCE_YOUR_CALM)),
    expected: { ...noHead, outcome: 'aborted', errorCode: 'NGHTTP2_ENHANCE_YOUR_CALM' },
  },
  {
    name: 'a reset in the middle of a response',
    onRequest: (_q, s) => {
      s.write('part');
    },
    client: after('data', (stream) => stream.close(NGHTTP2_CANCEL)),
    expected: { outcome: 'aborted', errorCode: 'NGHTTP2_CANCEL' },
  },
  {
    name: 'compat: the response is destroyed',
    onRequest: (_q, s) => {
      (s as unknown as { destroy(): void }).destroy();
    },
    expected: { ...noHead, outcome: 'aborted' },
  },
  {
    name: 'the stream is destroyed before the head',
    onStream: (s) => {
      quiet(s).destroy(new Error('no'));
    },
    expected: { ...noHead, outcome: 'aborted', errorCode: 'NGHTTP2_INTERNAL_ERROR' },
  },
  {
    name: 'the stream is destroyed by an error with a code',
    onStream: (s) => {
      quiet(s).destroy(Object.assign(new Error('no'), { code: 'E_OWN' }));
    },
    expected: { ...noHead, outcome: 'aborted', errorCode: 'E_OWN' },
  },
  {
    name: 'the stream is closed before the head',
    onStream: (s) => {
      quiet(s).close(NGHTTP2_REFUSED_STREAM);
    },
    expected: { ...noHead, outcome: 'aborted', errorCode: 'NGHTTP2_REFUSED_STREAM' },
  },
  {
    name: 'the stream is destroyed after the head',
    onStream: (s) => {
      quiet(s).respond({});
      s.write('part');
      setImmediate(() => s.destroy());
    },
    expected: { outcome: 'aborted' },
  },
  {
    name: 'the stream is closed after the head',
    onStream: (s) => {
      quiet(s).respond({});
      s.write('part');
      setImmediate(() => s.close(NGHTTP2_INTERNAL_ERROR));
    },
    expected: { outcome: 'aborted', errorCode: 'NGHTTP2_INTERNAL_ERROR' },
  },
  {
    name: 'an event stream that the server resets',
    onStream: (s) => {
      quiet(s).respond({ 'content-type': 'text/event-stream' });
      s.write('data: 1\n\n');
      setImmediate(() => s.close(NGHTTP2_CANCEL));
    },
    expected: { outcome: 'aborted', errorCode: 'NGHTTP2_CANCEL' },
  },
  {
    name: 'the server destroys the session',
    onStream: (s) => {
      quiet(s).respond({});
      s.write('part');
      setImmediate(() => s.session?.destroy());
    },
    expected: { outcome: 'aborted' },
  },
  {
    name: 'fewer bytes than content-length',
    onStream: (s) => {
      quiet(s).respond({ 'content-length': 10 });
      s.end('four');
    },
    expected: { outcome: 'aborted', errorCode: 'ERR_HTTP_CONTENT_LENGTH_MISMATCH' },
  },
  {
    name: 'a reset while 8 MiB are sent',
    onStream: (s) => {
      quiet(s).respond({});
      s.end(BIG);
    },
    client: async (session) => {
      const stream = session.request({});
      stream.on('error', () => undefined);
      await once(stream, 'response');
      stream.close(NGHTTP2_CANCEL);
      return undefined;
    },
    expected: {
      statusCode: 200,
      responseBodySize: BIG.length,
      outcome: 'aborted',
      errorCode: 'NGHTTP2_CANCEL',
    },
  },
];
