import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { after, describe, test } from 'node:test';
import { servePage } from '../../../src/cli/web/page-server.ts';
import { exchange } from '../tail/support/records.ts';

const SCRIPT = 'document.title = 1';
const PAGE = `<!doctype html><head><!--data--><style>b{}</style></head><script>${SCRIPT}</script>`;

const page = await servePage({
  page: PAGE,
  port: 0,
  settings: { source: '</script><b>', isLive: true, traceUrl: null, version: '1' },
  trouble: () => ({ unreadable: 1, leftOut: 2 }),
});
after(() => page.close());
const { port, pathname } = new URL(page.url);

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

async function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const asked = request({
    host: '127.0.0.1',
    port,
    path,
    method,
    headers: { host: `127.0.0.1:${port}`, ...headers },
  });
  const [response] = await once(asked.end(), 'response');
  let body = '';
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode, headers: response.headers, body };
}

describe('the server of the page', () => {
  test('gives the page to its address', async () => {
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`]) {
      const { status, headers, body } = await ask(pathname, { host });
      assert.equal(status, 200);
      assert.equal(headers['content-type'], 'text/html; charset=utf-8');
      const hash = createHash('sha256').update(SCRIPT).digest('base64');
      assert.match(String(headers['content-security-policy']), /^default-src 'none'; /);
      assert.ok(headers['content-security-policy']?.includes(`script-src 'sha256-${hash}';`));
      assert.match(String(headers['content-security-policy']), /frame-ancestors 'none'/);
      assert.doesNotMatch(String(headers['content-security-policy']), /unsafe|\*|http/);
      assert.deepEqual(
        ['cache-control', 'referrer-policy', 'x-content-type-options', 'x-frame-options'].map(
          (name) => headers[name],
        ),
        ['no-store', 'no-referrer', 'nosniff', 'DENY'],
      );
      assert.equal(headers['access-control-allow-origin'], undefined);
      assert.ok(!body.includes('</script><b>'), 'what is embedded cannot end its element');
    }
  });

  const token = pathname.slice(1, -1);
  assert.match(token, /^[\w-]{22}$/);
  const own = { origin: `http://127.0.0.1:${port}`, 'sec-fetch-site': 'same-origin' };
  for (const [name, path, headers, method, status] of [
    ['its own requests', `${pathname}data`, own, 'GET', 200],
    ['a name that was pointed here', pathname, { host: `evil.example:${port}` }, 'GET', 421],
    ['another port in Host', pathname, { host: '127.0.0.1:1' }, 'GET', 421],
    ['Host without a port', pathname, { host: '127.0.0.1' }, 'GET', 421],
    ['another origin', `${pathname}data`, { origin: 'https://evil.example' }, 'GET', 403],
    ['an origin that is none', `${pathname}data`, { origin: 'null' }, 'GET', 403],
    ['another port of this machine', `${pathname}data`, { origin: 'http://127.0.0.1:8080' }, 'GET', 403],
    [
      'an image or a frame of another site',
      `${pathname}data`,
      { 'sec-fetch-site': 'cross-site' },
      'GET',
      403,
    ],
    ['a page of another port', `${pathname}data`, { 'sec-fetch-site': 'same-site' }, 'GET', 403],
    ['no token', '/', {}, 'GET', 404],
    ['no token, and a path', '/data', {}, 'GET', 404],
    ['another token', `/${'A'.repeat(22)}/data`, {}, 'GET', 404],
    ['a part of the token', `/${token.slice(0, 21)}/data`, {}, 'GET', 404],
    ['the token as a parameter', `/?${token}/`, {}, 'GET', 404],
    ['the token without its slash', `/${token}`, {}, 'GET', 404],
    ['a path that is none', `${pathname}etc/passwd`, {}, 'GET', 404],
    ['POST', pathname, {}, 'POST', 405],
    ['OPTIONS, as before a request of another origin', pathname, {}, 'OPTIONS', 405],
    ['a filter that is none', `${pathname}records?filter=status:9`, {}, 'GET', 400],
  ] as const) {
    test(`${name}: ${status}`, async () => {
      const answer = await ask(path, { ...headers }, method);
      assert.equal(answer.status, status, answer.body);
      if (status !== 200) assert.ok(!answer.body.includes(token), 'a refusal does not tell the token');
    });
  }

  test('listens on no other address', async (t) => {
    const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const other = addresses.find(({ internal, family }) => !internal && family === 'IPv4')?.address;
    if (other === undefined) return t.skip('this machine has no other address');
    const socket = connect(Number(port), other);
    const [error] = await once(socket, 'error');
    assert.equal(error.code, 'ECONNREFUSED');
  });

  test('gives numbers and the table that is asked for', async () => {
    for (const status of [200, 200, 500]) page.add(exchange({ 'http.response.status_code': status }));
    const { body } = await ask(`${pathname}data?table=statuses&sort=count&order=ascending`);
    const { snapshot, table } = JSON.parse(body);
    assert.deepEqual(
      [snapshot.totals.requests, snapshot.totals.errors, snapshot.unreadable, snapshot.leftOut],
      [3, 1, 1, 2],
    );
    assert.deepEqual(
      table.rows.map(({ key, count }: { key: string; count: number }) => [key, count]),
      [
        ['500', 1],
        ['200', 2],
      ],
    );
  });

  test('sends the records that pass the filter: those of before, and those that come', async () => {
    const path = `${pathname}records?filter=${encodeURIComponent('url.path~stream')}`;
    page.add(exchange({ 'url.path': '/stream/1', 'x.big': 2n ** 60n }));
    const [response] = await once(get({ host: '127.0.0.1', port, path }), 'response');
    assert.equal(response.headers['content-type'], 'text/event-stream');
    response.setEncoding('utf8');
    const paths: unknown[] = [];
    let skipped = 0;
    const flood = 1000;
    let unread = '';
    for await (const chunk of response) {
      const messages = (unread + chunk).split('\n\n');
      unread = messages.pop() ?? '';
      for (const message of messages) {
        const sent = JSON.parse(message.replace(/^data: /, ''));
        skipped += sent.skipped;
        for (const { attributes } of sent.records) paths.push(attributes['url.path']);
      }
      if (paths.at(-1) === `/stream/f${flood - 1}`) break;
      if (paths.length !== 1) continue;
      page.add(exchange({ 'url.path': '/other' }));
      for (let index = 0; index < flood; index++) page.add(exchange({ 'url.path': `/stream/f${index}` }));
    }
    assert.equal(paths[0], '/stream/1');
    assert.equal(paths.at(-1), `/stream/f${flood - 1}`);
    assert.equal(paths.length - 1 + skipped, flood);
  });
});
