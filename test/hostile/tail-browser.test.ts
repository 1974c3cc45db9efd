// What a page in a browser can send to `tail`.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { describe, test } from 'node:test';
import { attribute, exportOf, recordOf } from '../support/protobuf-bytes.ts';
import { endOf, startTail } from './support/bounded-tail.ts';

/** What a page in a browser can send without asking first, and with a name of its own for this machine. */
describe('a page in a browser', () => {
  const body = exportOf(recordOf(attribute('from', 'a page')));
  const rows: readonly (readonly [
    name: string,
    status: number,
    headers: Readonly<Record<string, string>>,
  ])[] = [
    ['as any client', 200, {}],
    ['under localhost', 200, { host: 'LOCALHOST:1' }],
    ['under a name below localhost', 200, { host: 'shop.localhost.' }],
    ['under an address', 200, { host: '192.0.2.1' }],
    ['under an IPv6 address', 200, { host: '[::1]:4318' }],
    ['from a container', 200, { host: 'host.docker.internal:4318' }],
    ['under a name that is allowed', 200, { host: 'Tail.test:80' }],
    ['under a name of its own', 421, { host: 'evil.example:4318' }],
    ['under a name that only looks like one of ours', 421, { host: '127.0.0.1.evil.example' }],
    ['under another one', 421, { host: 'localhost.evil.example' }],
    ['under an odd one', 421, { host: 'localhost:80:80' }],
    ['from another origin', 403, { origin: 'https://evil.example' }],
    ['from a file', 403, { origin: 'null' }],
    ['from our own origin, which is none', 403, { origin: 'http://127.0.0.1' }],
    ['as text', 415, { 'content-type': 'text/plain' }],
    ['as a form', 415, { 'content-type': 'application/x-www-form-urlencoded' }],
    ['as a form with files', 415, { 'content-type': 'multipart/form-data; boundary=x' }],
    ['as nothing', 415, { 'content-type': '' }],
  ];

  test('gets nothing in', async (t) => {
    const tail = await startTail(t, ['--json', '--allow-host', 'tail.test']);
    const { hostname, port } = new URL(tail.http);
    const answered = rows.map(async ([name, , others]) => {
      const headers = { 'content-type': 'application/x-protobuf', ...others };
      return [name, await statusOf({ hostname, port, path: '/v1/logs', method: 'POST', headers }, body)];
    });
    assert.deepEqual(
      await Promise.all(answered),
      rows.map(([name, status]) => [name, status]),
    );
    const refused = rows.filter(([, status]) => status !== 200).length;
    assert.equal(await endOf(tail), `requests 0, errors 0, suppressed 0, lost 0, unreadable ${refused}`);
  });

  test('may not ask first either', async (t) => {
    const tail = await startTail(t);
    const response = await fetch(`${tail.http}/v1/logs`, { method: 'OPTIONS' });
    assert.equal(response.status, 405);
    assert.equal(response.headers.get('access-control-allow-origin'), null);
  });
});

function statusOf(options: object, body: Buffer): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(options, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    })
      .on('error', reject)
      .end(body);
  });
}
