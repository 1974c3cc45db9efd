// The page of `tail --web` and the report of `tail --report`, in a real browser.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'puppeteer-core';
import { browserPath, NO_BROWSER, startBrowser } from '../support/browser.ts';
import { inRepo } from '../support/repo-root.ts';
import { cleanEnv, spawnNode } from '../support/spawn-app.ts';

const COMMAND = inRepo('dist/cli.js');
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const TRACE_URL = 'http://localhost:16686/trace/{traceId}';
const MARKUP = '/<img src=x onerror="document.title=\'owned\'"></script><script>document.title=1</script>';
const NOW = Date.now();

/** As much of the DOM as is looked at: the types of all of it would be there for all that is no page. */
interface PageElement {
  readonly id: string;
  readonly textContent: string | null;
  readonly scrollWidth: number;
  readonly clientWidth: number;
  closest(selector: string): PageElement | null;
}
declare const document: {
  readonly activeElement: PageElement | null;
  querySelector(selector: string): PageElement | null;
  querySelectorAll(selector: string): Iterable<PageElement> & { readonly length: number };
};

type Attributes = Readonly<Record<string, string | number | boolean>>;

/** A record in OTLP/JSON, from `secondsAgo`. */
function logRecord(attributes: Attributes, secondsAgo = 20): object {
  const entries = Object.entries(attributes).map(([key, value]) => {
    if (typeof value === 'string') return { key, value: { stringValue: value } };
    if (typeof value === 'boolean') return { key, value: { boolValue: value } };
    return { key, value: Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value } };
  });
  const isError = Number(attributes['http.response.status_code'] ?? 0) >= 500;
  return {
    timeUnixNano: String(BigInt(NOW - secondsAgo * 1000) * 1_000_000n),
    severityNumber: isError ? 17 : 9,
    traceId: TRACE_ID,
    attributes: entries,
  };
}

function exchange(status: number | undefined, more: Attributes = {}): Attributes {
  return {
    'access_log.outcome': 'completed',
    'http.request.method': 'GET',
    'http.route': '/orders/:id',
    'url.path': '/orders/42',
    'http.server.request.duration': 0.0125,
    'access_log.time_to_headers': 0.0105,
    'http.response.body.size': 1000,
    'client.address': '203.0.113.7',
    ...(status === undefined ? {} : { 'http.response.status_code': status }),
    ...more,
  };
}

const repeated = (count: number, attributes: Attributes): Attributes[] => Array(count).fill(attributes);

/** 57 requests, 3 of them errors, 2 aborted, 1 rejected; 25 suppressed, 4 lost. */
const SENT: readonly Attributes[] = [
  ...repeated(40, exchange(200)),
  ...repeated(6, exchange(304, { 'http.route': '/', 'url.path': '/', 'client.address': '203.0.113.8' })),
  ...repeated(4, exchange(404, { 'http.route': '/basket', 'url.path': '/basket' })),
  ...repeated(3, exchange(503, { 'http.route': '/pay', 'url.path': '/pay' })),
  ...repeated(2, exchange(undefined, { 'access_log.outcome': 'aborted' })),
  exchange(400, { 'access_log.outcome': 'rejected' }),
  exchange(200, { 'url.path': MARKUP, 'user_agent.original': MARKUP, 'http.route': MARKUP }),
  {
    'access_log.event': 'suppressed',
    'http.route': '/pay',
    'access_log.status_class': '2xx',
    'access_log.count': 25,
  },
  {
    'access_log.event': 'lost',
    'http.route': '/pay',
    'access_log.status_class': '2xx',
    'access_log.count': 4,
  },
  {
    'access_log.event': 'heartbeat',
    'access_log.process_id': 'b81e5d27-6c5e-4f7c-8c1d-3c2f5a90d7aa',
    'access_log.total.served': 86,
    'access_log.total.ignored': 0,
    'access_log.total.suppressed': 25,
    'access_log.total.kept': 61,
    'access_log.total.delivered': 56,
    'access_log.total.lost': 4,
    'access_log.total.pending': 0,
  },
];

const TILES = {
  requests: '57',
  errors: '3',
  aborted: '2',
  rejected: '1',
  suppressed: '25',
  lost: '4',
  complete: '66.3 %',
};

function exported(records: readonly object[]): string {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };
  return JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords: records }] }] });
}

async function send(origin: string, records: readonly object[]): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${origin}/v1/logs`, { method: 'POST', headers, body: exported(records) });
  assert.equal(response.status, 200, await response.text());
}

interface Watched {
  readonly page: Page;
  /** Addresses that it asked for. */
  readonly asked: string[];
  /** Exceptions, and what the policy refused. */
  readonly errors: string[];
}

describe('the page', { skip: browserPath === undefined ? NO_BROWSER : false }, () => {
  let browser: Browser | undefined;
  after(() => browser?.close());

  async function open(t: TestContext, url: string): Promise<Watched> {
    browser ??= await startBrowser();
    const page = await browser.newPage();
    t.after(() => page.close());
    const watched: Watched = { page, asked: [], errors: [] };
    page.on('request', (request) => watched.asked.push(request.url()));
    page.on('pageerror', (error) => watched.errors.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') watched.errors.push(message.text());
    });
    await page.setViewport({ width: 1280, height: 900 });
    await page.goto(url);
    return watched;
  }

  async function startTail(t: TestContext): Promise<{ origin: string; url: string }> {
    const args = [COMMAND, 'tail', '--port', '0', '--web', '--web-port', '0', '--trace-url', TRACE_URL];
    const app = spawnNode(t, { args });
    const [, origin = ''] = await app.waitFor(/ or (\S+) \(HTTP\)/);
    const [, url = ''] = await app.waitFor(/^page: (http:\/\/127\.0\.0\.1:\d+\/[\w-]+\/)$/m);
    return { origin, url };
  }

  const textsOf = (page: Page, selector: string): Promise<(string | null)[]> =>
    page.$$eval(selector, (elements) => elements.map(({ textContent }) => textContent));

  async function expectNumbers(page: Page): Promise<void> {
    await page.waitForFunction(
      (id, text) => document.querySelector(id)?.textContent === text,
      {},
      '#tile-requests .value',
      TILES.requests,
    );
    const shown = Object.keys(TILES).map(async (id) => [id, (await textsOf(page, `#tile-${id} .value`))[0]]);
    assert.deepEqual(Object.fromEntries(await Promise.all(shown)), TILES);
    const cells = (row: number): Promise<(string | null)[]> =>
      textsOf(page, `#table tbody tr:nth-child(${row}) :is(th, td)`);
    assert.deepEqual((await cells(1)).slice(0, 4), ['/orders/:id', '43', '75.4 %', '0']);
    assert.deepEqual((await cells(4)).slice(0, 4), ['/pay', '3', '5.3 %', '100.0 %']);
    assert.equal((await cells(4))[8], '29');
    assert.deepEqual(await textsOf(page, '.processes .badge'), ['closed', 'open by 1']);
    assert.equal((await textsOf(page, '.records li')).length, SENT.length);
  }

  test('shows the numbers that were generated, and asks nothing of any other origin', async (t) => {
    const { origin, url } = await startTail(t);
    const { page, asked, errors } = await open(t, url);
    await send(
      origin,
      SENT.map((attributes) => logRecord(attributes)),
    );
    await page.waitForSelector('.processes .badge');
    await page.waitForFunction(
      (count) => document.querySelectorAll('.records li').length === count,
      {},
      SENT.length,
    );
    await expectNumbers(page);
    const labels = await page.$$eval('.plot', (plots) => plots.map((plot) => plot.ariaLabel ?? ''));
    assert.equal(labels.length, 4);
    assert.match(labels[0] ?? '', /^Requests per second by status class\. On average: 2xx /);
    assert.match(labels[2] ?? '', /p50 1\d\.\dms/);
    assert.deepEqual(errors, []);
    assert.deepEqual(
      asked.filter((address) => !address.startsWith(url) && !address.startsWith('data:')),
      [],
    );
    assert.ok((await browser?.cookies())?.length === 0, 'no cookie is set');
  });

  test('shows markup of a record as text', async (t) => {
    const { origin, url } = await startTail(t);
    await send(
      origin,
      SENT.map((attributes) => logRecord(attributes)),
    );
    const { page, errors } = await open(t, url);
    await page.waitForSelector('.records li');
    assert.ok((await textsOf(page, '.records .target')).includes(MARKUP));
    for (const tab of ['agents', 'routes']) {
      await page.click(`#tab-${tab}`);
      await page.waitForFunction(
        (text) => [...document.querySelectorAll('#table th button')].some((key) => key.textContent === text),
        {},
        MARKUP,
      );
    }
    assert.equal(await page.$('main img, #page script'), null);
    assert.equal(await page.title(), 'Access log');
    assert.deepEqual(errors, []);
  });

  test('is used by keyboard', async (t) => {
    const { origin, url } = await startTail(t);
    await send(
      origin,
      SENT.map((attributes) => logRecord(attributes)),
    );
    const { page } = await open(t, url);
    await page.waitForFunction(
      (count) => document.querySelectorAll('.records li').length === count,
      {},
      SENT.length,
    );
    const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.id ?? '');
    const listed = (count: number) =>
      page.waitForFunction((many) => document.querySelectorAll('.records li').length === many, {}, count);

    await page.keyboard.press('/');
    assert.equal(await focused(), 'filter');
    await page.keyboard.type('status:5xx client.address=203.0.113.7');
    // The record that tells of suppressed 2xx has no status.
    await listed(3);
    await page.keyboard.press('Escape');
    await listed(SENT.length);

    await page.focus('.records li:first-child button');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog[open]');
    assert.deepEqual(await textsOf(page, '#trace-id'), [TRACE_ID]);
    const link = await page.$eval('dialog a', ({ href, rel }) => [href, rel]);
    assert.deepEqual(link, [TRACE_URL.replace('{traceId}', TRACE_ID), 'noreferrer noopener']);
    await browser
      ?.defaultBrowserContext()
      .overridePermissions(new URL(url).origin, ['clipboard-sanitized-write']);
    await page.focus('.trace button');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelector('.trace button')?.textContent === 'Copied');
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => document.querySelector('dialog') === null);
    const isBack = await page.evaluate(() => document.activeElement?.closest('.records li') !== null);
    assert.ok(isBack, 'the row that was opened has the focus again');

    await page.focus('#tab-routes');
    await page.keyboard.press('ArrowRight');
    assert.equal(await focused(), 'tab-clients');
    await page.waitForFunction(
      () => document.querySelector('#table tbody th')?.textContent === '203.0.113.7',
    );
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForSelector('thead th.key[aria-sort="ascending"]');

    await page.focus('#theme');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await page.waitForSelector(':root[data-theme="dark"]');
  });

  test('needs no horizontal scrolling at 400 pixels', async (t) => {
    const { origin, url } = await startTail(t);
    const long = exchange(200, { 'url.path': `/${'x'.repeat(3000)}`, 'http.route': `/${'y'.repeat(500)}` });
    const agent = { ...long, 'user_agent.original': 'z'.repeat(2000) };
    await send(
      origin,
      [...SENT, agent].map((attributes) => logRecord(attributes)),
    );
    const { page } = await open(t, url);
    await page.setViewport({ width: 400, height: 800 });
    // All of it is there, so that nothing moves under the pointer.
    for (const selector of ['.records li', '.plot canvas', '#table tbody tr'])
      await page.waitForSelector(selector);
    const widths = (): Promise<number[]> =>
      page.evaluate(() =>
        ['html', '.records ol', '#table', 'dialog'].map((selector) => {
          const element = document.querySelector(selector);
          return element === null ? 0 : element.scrollWidth - element.clientWidth;
        }),
      );
    assert.deepEqual(await widths(), [0, 0, 0, 0]);
    await page.click('.records li:first-child button');
    await page.waitForSelector('dialog[open]');
    assert.deepEqual(await widths(), [0, 0, 0, 0]);
  });

  test('does not grow with the number of records', async (t) => {
    const { origin, url } = await startTail(t);
    const { page, errors } = await open(t, url);
    const batch = Array.from({ length: 500 }, (_, index) =>
      logRecord(exchange(200, { 'url.path': `/p/${index}`, 'client.address': `2001:db8::${index}` }), 5),
    );
    const nodesAt = async (records: number): Promise<number> => {
      await page.waitForFunction(
        (text) => document.querySelector('#tile-requests .value')?.textContent === text,
        {},
        new Intl.NumberFormat('en').format(records),
      );
      // Filled by two messages.
      await page.waitForFunction(() => document.querySelectorAll('.records li').length === 200);
      return page.evaluate(() => document.querySelectorAll('*').length);
    };
    for (let count = 0; count < 20; count++) await send(origin, batch);
    const first = await nodesAt(10_000);
    for (let count = 0; count < 180; count++) await send(origin, batch);
    const last = await nodesAt(100_000);
    assert.ok(last <= first * 1.1, `${first} nodes, then ${last}`);
    assert.deepEqual(errors, []);
  });

  test('is written from a file, and needs no server', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'report-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const [file, report] = [join(folder, 'access.jsonl'), join(folder, 'out.html')];
    writeFileSync(file, `${exported(SENT.map((attributes) => logRecord(attributes)))}\nno record\n`);
    const { status, stderr } = spawnSync(
      process.execPath,
      [COMMAND, 'tail', '--from', file, '--report', report, '--trace-url', TRACE_URL],
      { encoding: 'utf8', env: cleanEnv() },
    );
    assert.equal(status, 0, stderr);
    assert.equal(stderr, `${report}: ${SENT.length} records, 1 lines that hold none\n`);
    const { page, asked, errors } = await open(t, pathToFileURL(report).href);
    await expectNumbers(page);
    await page.type('#filter', 'status:404');
    await page.waitForFunction(() => document.querySelectorAll('.records li').length === 4);
    assert.equal(await page.title(), 'Access log');
    assert.deepEqual(errors, []);
    assert.deepEqual(
      asked.filter((address) => !address.startsWith('data:')),
      [pathToFileURL(report).href],
    );
  });
});
