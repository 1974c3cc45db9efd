// What the real GoAccess makes of lines of exchanges that ended in every way that there is.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { WebSocket } from 'ws';
import { goaccessLine } from '../../src/cli/tail/pipe/goaccess-line.ts';
import { exchange } from '../cli/tail/support/records.ts';
import { readPage } from '../docs/support/markdown.ts';
import { Changes } from '../support/changes.ts';
import { listen } from '../support/listen.ts';
import { unlessInstalled } from '../support/program.ts';
import { goaccess, type Panel, withStatus } from './support/goaccess.ts';
import { EXCHANGES, linesOfOutcomes, startTail } from './support/outcome-lines.ts';

describe('GoAccess', { skip: unlessInstalled('goaccess') }, () => {
  let lines: Awaited<ReturnType<typeof linesOfOutcomes>>;

  before(async () => {
    lines = await linesOfOutcomes({ after }, 'combined', 'goaccess');
  });

  test('takes each line of ACCESS_LOG_STDOUT=combined, whatever the outcome', (t) => {
    assert.equal(lines.stdout.length, EXCHANGES);
    const report = goaccess(t, lines.stdout, ['--log-format=COMBINED', '--no-strict-status']);
    assert.deepEqual(
      { valid: report.general.valid_requests, failed: report.general.failed_requests },
      { valid: EXCHANGES, failed: 0 },
    );
    const sent = lines.stdout.filter((line) => !line.includes('" 000 '));
    assert.ok(sent.length < EXCHANGES, 'some without a status');
    assert.equal(withStatus(report), sent.length);
  });

  test('takes each line of `tail --format goaccess`, with and without a status', (t) => {
    assert.equal(lines.tail.length, EXCHANGES);
    const report = goaccess(t, lines.tail, ['--log-format=CADDY']);
    assert.deepEqual(
      { valid: report.general.valid_requests, failed: report.general.failed_requests },
      { valid: EXCHANGES, failed: 0 },
    );
    const sent = lines.tail.filter((line) => line.includes('"status":'));
    assert.ok(sent.length < EXCHANGES, 'some without a status');
    assert.equal(withStatus(report), sent.length);
  });

  test('shows duration, host and type', (t) => {
    const line = goaccessLine(
      exchange({
        'server.address': 'shop.example',
        'http.response.header.content-type': ['text/html; charset=utf-8'],
      }),
    );
    const report = goaccess(t, [line ?? ''], ['--log-format=CADDY']);
    const shown = (panel: Panel | undefined): string[] => panel?.data.map(({ data }) => data) ?? [];
    assert.equal(report.requests.data[0]?.avgts, 12_400);
    assert.deepEqual([shown(report.vhosts), shown(report.mime_type)], [['shop.example'], ['text']]);
  });

  test('the command of docs/goaccess.md makes a report that follows what arrives', async (t) => {
    const { blocks } = readPage('docs/goaccess.md');
    const [command = ''] = blocks.map(({ text }) => text).filter((text) => text.includes('--real-time-html'));
    const [tailPart = '', goaccessPart = ''] = command.replaceAll('\\\n', ' ').split('|');
    const words = (text: string): string[] => text.trim().split(/ +/);
    assert.deepEqual(words(tailPart).slice(0, 3), ['npx', 'otel-access-log', 'tail']);
    assert.equal(words(goaccessPart)[0], 'goaccess');

    const folder = mkdtempSync(join(tmpdir(), 'otel-access-log-live-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const port = await freePort(t);
    const tail = await startTail(t, words(tailPart).slice(3));
    const args = [...words(goaccessPart).slice(1), '--no-global-config', `--port=${port}`];
    const program = spawn('goaccess', args, { cwd: folder, stdio: ['pipe', 'ignore', 'ignore'] });
    t.after(() => program.kill('SIGKILL'));
    tail.app.child.stdout?.pipe(program.stdin.on('error', () => undefined));

    await send(tail.endpoint, 3);
    await requestsShown(t, port, 3);
    await send(tail.endpoint, 5);
    await requestsShown(t, port, 8);
    assert.match(readFileSync(join(folder, 'report.html'), 'utf8'), /^<!DOCTYPE html>/i);
  });
});

async function freePort(t: TestContext): Promise<number> {
  const server = createServer();
  const [, port] = (await listen(t, server)).split(':');
  await new Promise((resolve) => server.close(resolve));
  return Number(port);
}

/** Exports so many exchanges. */
async function send(endpoint: string, count: number): Promise<void> {
  const text = (key: string, stringValue: string): object => ({ key, value: { stringValue } });
  const attributes = [
    text('access_log.outcome', 'completed'),
    text('http.request.method', 'GET'),
    text('url.path', '/orders/42'),
    text('client.address', '203.0.113.7'),
    { key: 'http.response.status_code', value: { intValue: '200' } },
  ];
  const logRecords = Array.from({ length: count }, () => ({
    timeUnixNano: '1795442587123456789',
    attributes,
  }));
  const { status } = await fetch(`${endpoint}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }),
  });
  assert.equal(status, 200);
}

/** Resolves when the report, over the WebSocket that its page opens, shows so many requests. */
async function requestsShown(t: TestContext, port: number, count: number): Promise<void> {
  const shown: number[] = [];
  const changes = new Changes();
  let socket: WebSocket | undefined;
  let isOver = false;
  const open = (): void => {
    socket = new WebSocket(`ws://127.0.0.1:${port}`);
    socket.on('message', (data) => {
      shown.push(JSON.parse(String(data)).general.valid_requests);
      changes.notify();
    });
    // It does not listen yet.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (!isOver) setTimeout(open, 100);
    });
  };
  const end = (): void => {
    isOver = true;
    socket?.terminate();
  };
  t.after(end);
  open();
  await changes.until(
    () => shown.includes(count) || undefined,
    20_000,
    () => `${count} requests expected, got ${shown}`,
  );
  end();
}
