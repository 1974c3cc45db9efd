import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** What `writeHead` takes beyond its types. */
type AnyWriteHead = (statusCode: unknown, reason?: unknown, headers?: unknown) => ServerResponse;

/** Makes a response. What it throws is expected, and the response is one of 500 then. */
export type Form = (response: ServerResponse) => void;

/** Node 20 and later write the head in these ways; `[…]` is what is set before. */
export const FORMS: Readonly<Record<string, Form>> = {
  'writeHead(status)': (response) => writeHead(response, 200),
  'writeHead(status, reason)': (response) => writeHead(response, 200, 'Fine'),
  'writeHead(status, object)': (response) => writeHead(response, 200, { 'X-A': '1', b: 2 }),
  'writeHead(status, reason, object)': (response) => writeHead(response, 200, 'Fine', { 'X-A': ['1', '2'] }),
  'writeHead(status, undefined, object)': (response) => writeHead(response, 200, undefined, { 'X-A': '1' }),
  'writeHead(status, null, object)': (response) => writeHead(response, 200, null, { 'X-A': '1' }),
  'writeHead(status, names in two cases)': (response) => writeHead(response, 200, { 'X-A': '1', 'x-a': '2' }),
  'writeHead(status, flat)': (response) => writeHead(response, 200, ['X-A', '1', 'b', '2']),
  'writeHead(status, reason, flat)': (response) => writeHead(response, 200, 'Fine', ['X-A', '1', 'b', '2']),
  'writeHead(status, empty array)': (response) => writeHead(response, 200, []),
  'writeHead(status, flat cookies)': (response) =>
    writeHead(response, 200, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']),
  'writeHead(status, pairs)': (response) =>
    writeHead(response, 200, [
      ['X-A', '1'],
      ['b', '2'],
    ]),
  'writeHead(status, one pair)': (response) => writeHead(response, 200, [['X-A', '1']]),
  'writeHead(status, pairs of cookies)': (response) =>
    writeHead(response, 200, [
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
    ]),
  '[set] writeHead(status)': (response) => writeHead(set(response), 201),
  '[set] writeHead(status, object)': (response) => writeHead(set(response), 200, { 'X-SET': 'new', b: '2' }),
  '[set] writeHead(status, flat)': (response) => writeHead(set(response), 200, ['X-SET', 'new', 'b', '2']),
  '[set] writeHead(status, flat cookies)': (response) =>
    writeHead(set(response), 200, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']),
  '[set] writeHead(status, pairs), which Node refuses': (response) =>
    writeHead(set(response), 200, [
      ['X-A', '1'],
      ['b', '2'],
    ]),
  '[set] writeHead(status, one pair), which Node refuses': (response) =>
    writeHead(set(response), 200, [['X-A', '1']]),
  '[set and removed] writeHead(status, flat)': (response) => {
    response.setHeader('X-Set', '1');
    response.removeHeader('X-Set');
    writeHead(response, 200, ['X-A', '1', 'b', '2']);
  },
  'writeHead(status, odd), which Node refuses': (response) => writeHead(response, 200, ['X-A', '1', 'b']),
  'writeHead(bad status), which Node refuses': (response) => writeHead(response, 42, { 'X-A': '1' }),
  'writeHead(status, bad value), which Node refuses': (response) =>
    writeHead(response, 200, { 'X-A': 'a\nb' }),
  'writeHead twice, which Node refuses': (response) => {
    writeHead(response, 200);
    writeHead(response, 200, { 'X-A': '1' });
  },
  'setHeader alone': (response) => void set(response),
  'setHeaders(Map)': (response) => void response.setHeaders(new Map([['X-A', '1']])),
  appendHeader: (response) =>
    void response.appendHeader('Set-Cookie', 'a=1').appendHeader('Set-Cookie', 'b=2'),
  'no head at all': () => undefined,
  flushHeaders: (response) => response.flushHeaders(),
  'write before end': (response) => void response.write('first'),
  'statusCode and statusMessage': (response) =>
    Object.assign(response, { statusCode: 202, statusMessage: 'Taken' }),
  'writeHead(204)': (response) => writeHead(response, 204),
  'writeHead(304, object)': (response) => writeHead(response, 304, { ETag: '"1"' }),
  'writeHead with a Content-Length': (response) => writeHead(response, 200, { 'Content-Length': 4 }),
  'writeEarlyHints, then writeHead': (response) => {
    response.writeEarlyHints({ link: '</a.css>; rel=preload' } as OutgoingHttpHeaders as Record<
      string,
      string
    >);
    writeHead(response, 200, { 'X-A': '1' });
  },
  'writeProcessing, then end': (response) => response.writeProcessing(),
};

function writeHead(response: ServerResponse, ...args: Parameters<AnyWriteHead>): void {
  (response.writeHead as AnyWriteHead)(...args);
}

function set(response: ServerResponse): ServerResponse {
  return response.setHeader('X-Set', 'old').setHeader('Y-Set', ['1', '2']);
}
