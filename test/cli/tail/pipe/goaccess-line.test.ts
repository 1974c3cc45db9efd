import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { goaccessLine } from '../../../../src/cli/tail/pipe/goaccess-line.ts';
import { exchange, record } from '../support/records.ts';

const CLIENT = '"remote_ip":"203.0.113.7","client_ip":"203.0.113.7"';
const END = '"duration":0.012400,"status":200}';

describe('a line for GoAccess', () => {
  test('has all that the form of Caddy has a place for', () => {
    const line = goaccessLine(
      exchange({
        'url.query': 'page=2',
        'network.protocol.version': '2',
        'server.address': 'shop.example',
        'user_agent.original': 'curl/8.5.0',
        'http.request.header.referer': ['https://a.example/', 'https://b.example/'],
        'http.response.header.content-type': ['text/html; charset=utf-8'],
        'http.response.body.size': 1532,
      }),
    );
    assert.equal(
      line,
      `{"ts":1795442587.123456,"request":{${CLIENT},"proto":"HTTP/2.0","method":"GET","host":"shop.example",` +
        '"uri":"/orders/42?page=2","headers":{"User-Agent":["curl/8.5.0"],"Referer":["https://a.example/"]}},' +
        '"duration":0.012400,"size":1532,"status":200,' +
        '"resp_headers":{"Content-Type":["text/html; charset=utf-8"]}}',
    );
  });

  const rows: readonly (readonly [name: string, attributes: Record<string, unknown>, line: string])[] = [
    [
      'no status where none was sent',
      { 'http.response.status_code': undefined, 'access_log.outcome': 'aborted' },
      `{"ts":1795442587.123456,"request":{${CLIENT},"method":"GET","uri":"/orders/42","headers":{}},"duration":0.012400}`,
    ],
    [
      'no method and no protocol that GoAccess does not know',
      { 'http.request.method': '_OTHER', 'url.path': undefined, 'network.protocol.version': '0.9' },
      `{"ts":1795442587.123456,"request":{${CLIENT},"uri":"-","headers":{}},${END}`,
    ],
    [
      'the address that indicates the absence of one where the client is not known',
      { 'client.address': undefined },
      `{"ts":1795442587.123456,"request":{"remote_ip":"::","client_ip":"::","method":"GET","uri":"/orders/42","headers":{}},${END}`,
    ],
    [
      'no duration of a connection that went on as something else',
      { 'access_log.outcome': 'upgraded', 'http.response.status_code': 101 },
      `{"ts":1795442587.123456,"request":{${CLIENT},"method":"GET","uri":"/orders/42","headers":{}},"status":101}`,
    ],
    [
      'durations without an exponent',
      { 'http.server.request.duration': 1e-7 },
      `{"ts":1795442587.123456,"request":{${CLIENT},"method":"GET","uri":"/orders/42","headers":{}},"duration":0.000000,"status":200}`,
    ],
    [
      'one line of JSON, whatever the request held',
      { 'url.path': '/"\\\r\n\u009b\u2028' },
      `{"ts":1795442587.123456,"request":{${CLIENT},"method":"GET","uri":"/\\"\\\\\\r\\n\\u009b\\u2028","headers":{}},${END}`,
    ],
  ];
  for (const [name, attributes, line] of rows) {
    test(name, () => assert.equal(goaccessLine(exchange(attributes)), line));
  }

  test('has a point in the time of a whole second', () => {
    const line = goaccessLine({ ...exchange(), timeUnixNano: 1_795_442_587_000_000_000n });
    assert.match(line ?? '', /^\{"ts":1795442587\.000000,/);
  });

  test('is made of exchanges only', () => {
    assert.equal(goaccessLine(record({ 'access_log.event': 'heartbeat' })), undefined);
    assert.equal(goaccessLine(record({})), undefined);
  });
});
