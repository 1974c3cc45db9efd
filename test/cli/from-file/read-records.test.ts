import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { type FileCounts, readRecords } from '../../../src/cli/from-file/read-records.ts';
import type { ReceivedRecord } from '../../../src/cli/receiver/otlp-record.ts';
import { jsonLine } from '../../../src/cli/tail/pipe/json-line.ts';
import { exchange, record } from '../tail/support/records.ts';

const folder = mkdtempSync(join(tmpdir(), 'from-file-'));
after(() => rmSync(folder, { recursive: true }));

async function read(text: string): Promise<{ records: ReceivedRecord[]; counts: FileCounts }> {
  const path = join(folder, 'records.jsonl');
  writeFileSync(path, text);
  const counts = { records: 0, unreadable: 0, leftOut: 0 };
  const records: ReceivedRecord[] = [];
  for await (const one of readRecords(path, counts)) records.push(one);
  return { records, counts };
}

const STDOUT_LINE = {
  time: '2026-11-23T14:03:07.123456789Z',
  level: 'warn',
  method: 'GET',
  path: '/orders/42',
  query: 'page=2',
  outcome: 'aborted',
  duration_ms: 12.4,
  bytes: 1532,
  ip: '203.0.113.7',
  user_agent: 'curl/8',
  trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
  span_id: '00f067aa0ba902b7',
  route: '/orders/:id',
  service: 'shop',
  'tenant.id': 'acme',
};

const OTLP = {
  resourceLogs: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
      scopeLogs: [
        {
          scope: { name: 'otel-access-log', version: '0.1.0' },
          logRecords: ['/a', '/b'].map((path) => ({
            timeUnixNano: '1795442587123456789',
            attributes: [{ key: 'url.path', value: { stringValue: path } }],
          })),
        },
      ],
    },
  ],
};

describe('records of a file', () => {
  test('a line of `tail --json` is the record that was written', async () => {
    const written = exchange();
    const { records, counts } = await read(`${jsonLine(written)}\n`);
    assert.deepEqual(records, [written]);
    assert.deepEqual(counts, { records: 1, unreadable: 0, leftOut: 0 });
  });

  test('a line of `ACCESS_LOG_STDOUT=json` becomes the attributes of the record', async () => {
    const { records } = await read(JSON.stringify(STDOUT_LINE));
    const { timeUnixNano, severityNumber, severityText, traceId, attributes, resource } =
      records[0] ?? record({});
    assert.deepEqual(
      { timeUnixNano, severityNumber, severityText, traceId, attributes, resource },
      {
        timeUnixNano: 1_795_442_587_123_456_789n,
        severityNumber: 13,
        severityText: 'WARN',
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        attributes: {
          'http.server.request.duration': 0.0124,
          'http.request.method': 'GET',
          'url.path': '/orders/42',
          'url.query': 'page=2',
          'access_log.outcome': 'aborted',
          'http.response.body.size': 1532,
          'client.address': '203.0.113.7',
          'user_agent.original': 'curl/8',
          'http.route': '/orders/:id',
          'tenant.id': 'acme',
          'error.type': 'aborted',
        },
        resource: { 'service.name': 'shop' },
      },
    );
  });

  test('a line of the Collector holds many records', async () => {
    const { records, counts } = await read(`${JSON.stringify(OTLP)}\n`);
    assert.deepEqual(
      records.map(({ attributes, resource }) => [attributes['url.path'], resource['service.name']]),
      [
        ['/a', 'shop'],
        ['/b', 'shop'],
      ],
    );
    assert.equal(counts.records, 2);
  });

  test('lines of any form, CRLF, blank lines, and an end without a line break are read', async () => {
    const lines = [JSON.stringify(STDOUT_LINE), '', jsonLine(exchange()), ' ', JSON.stringify(OTLP)];
    const { counts } = await read(lines.join('\r\n'));
    assert.deepEqual(counts, { records: 4, unreadable: 0, leftOut: 0 });
  });

  test('what is no record is counted, and the lines behind it are read', async () => {
    const lines = [
      'listening on 8080',
      '{"half": ',
      '[]',
      '{"level":30,"msg":"hello"}',
      JSON.stringify({ ...STDOUT_LINE, time: 'yesterday' }),
      '{"resourceLogs": 5}',
      `${'['.repeat(1000)}${']'.repeat(1000)}`,
      `{"time":"${'9'.repeat(21 * 1024 * 1024)}"}`,
      jsonLine(exchange()),
    ];
    const { counts } = await read(lines.join('\n'));
    assert.deepEqual(counts, { records: 1, unreadable: 8, leftOut: 0 });
  });

  test('a file that is not there is the error of the system', async () => {
    await assert.rejects(readRecords(join(folder, 'absent')).next(), { code: 'ENOENT' });
  });

  test('`-` is standard input', () => {
    const module = new URL('../../../src/cli/from-file/read-records.js', import.meta.url);
    const script = `import { readRecords } from ${JSON.stringify(module.href)};
      for await (const { attributes } of readRecords('-')) console.log(attributes['url.path']);`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      input: `${jsonLine(exchange())}\n${JSON.stringify(OTLP)}\n`,
      encoding: 'utf8',
    });
    assert.equal(stdout, '/orders/42\n/a\n/b\n');
  });
});
