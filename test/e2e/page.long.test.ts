// The page of `tail --web` and the report of `tail --report`, in a real browser.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'puppeteer-core';
import { browserPath, NO_BROWSER, startBrowser } from '../support/browser.ts';
import { inRepo } from '../support/repo-root.ts';
import { cleanEnv, spawnNode } from '../support/spawn-app.ts';
import { exchange, exported, logRecord, MARKUP, SENT, TILES, TRACE_ID } from './support/page-records.ts';

const COMMAND = inRepo('dist/cli.js');
const TRACE_URL = 'http://localhost:16686/trace/{traceId}';

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

  test('keeps every figure and its name on one line', async (t) => {
    const { origin, url } = await startTail(t);
    await send(origin, [logRecord(exchange(200))]);
    const { page } = await open(t, url);
    await page.setViewport({ width: 1200, height: 900 });
    await page.waitForFunction(
      () => document.querySelector('#tile-complete .value')?.textContent === '100.0 %',
    );
    for (const selector of ['.tile dt', '.tile .value']) {
      const heights = await page.$$eval(selector, (elements) =>
        elements.map((element) => element.clientHeight),
      );
      assert.equal(new Set(heights).size, 1, `${selector}: ${heights.join(', ')}`);
    }
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
    const piped = spawnSync(
      process.execPath,
      [COMMAND, 'tail', '--from', file, '--report', '-', '--trace-url', TRACE_URL],
      { encoding: 'utf8', env: cleanEnv() },
    );
    assert.equal(piped.stdout.length, readFileSync(report, 'utf8').length, piped.stderr);
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
