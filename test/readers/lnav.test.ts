// What the real lnav makes of lines of exchanges that ended in every way that there is.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { unlessInstalled } from '../support/program.ts';
import { installLnav, type Lnav } from './support/lnav.ts';
import { EXCHANGES, linesOfOutcomes } from './support/outcome-lines.ts';

type Lines = Awaited<ReturnType<typeof linesOfOutcomes>>;

interface TailRecord {
  readonly severity_text: string;
  readonly body: string;
  readonly event_name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

describe('lnav', { skip: unlessInstalled('lnav') }, () => {
  let lnav: Lnav;
  let combined: Lines;
  let json: Lines;
  const home = mkdtempSync(join(tmpdir(), 'otel-access-log-lnav-'));

  after(() => rmSync(home, { recursive: true, force: true }));

  before(async () => {
    lnav = installLnav(home);
    combined = await linesOfOutcomes({ after }, 'combined', 'json');
    json = await linesOfOutcomes({ after }, 'json', 'json');
  });

  test('takes each line of ACCESS_LOG_STDOUT=combined, whatever the outcome', () => {
    const rows = lnav.query(combined.stdout, 'SELECT sc_status, cs_uri_stem, log_level FROM access_log');
    assert.deepEqual(
      rows.map(({ sc_status, cs_uri_stem }) => [sc_status, cs_uri_stem]),
      combined.stdout.map(statusAndPath),
    );
    assert.equal(rows.length, EXCHANGES);
    assert.ok(rows.every(({ log_level }) => log_level !== 'invalid'));
    assert.ok(rows.some(({ sc_status }) => sc_status === 0));
  });

  test('has each member of a line of ACCESS_LOG_STDOUT=json in a column, and its level', () => {
    const columns = [
      'method',
      'path',
      'query',
      'status_code',
      'outcome',
      'error_type',
      'duration_ms',
      'bytes',
    ];
    const others = ['ip', 'user_agent', 'trace_id', 'span_id', 'route', 'service'];
    const all = [...columns, ...others];
    const sql = `SELECT log_level AS level, ${all.join(', ')} FROM otel_access_log_stdout`;
    const lines = json.stdout.map((line): Record<string, unknown> => JSON.parse(line));
    assert.deepEqual(
      lnav.query(json.stdout, sql),
      lines.map((line) => ({
        level: line.level === 'warn' ? 'warning' : line.level,
        ...Object.fromEntries(all.map((name) => [name, line[name] ?? null])),
      })),
    );
    assert.equal(lines.length, EXCHANGES);
  });

  test('has each record of `tail --json` in a row, its attributes in columns', () => {
    const names = ['url.path', 'http.response.status_code', 'access_log.outcome', 'error.type'];
    const columns = names.map((name) => `"attributes/${name}"`).join(', ');
    const sql = `SELECT log_level AS level, log_body AS body, event_name, ${columns} FROM otel_access_log_record`;
    const levels: Record<string, string> = { WARN: 'warning' };
    const records = json.tail.map((line): TailRecord => JSON.parse(line));
    assert.deepEqual(
      lnav.query(json.tail, sql),
      records.map(({ severity_text, body, event_name, attributes }) => ({
        level: levels[severity_text] ?? severity_text.toLowerCase(),
        body,
        event_name,
        ...Object.fromEntries(names.map((name) => [`attributes/${name}`, attributes[name] ?? null])),
      })),
    );
    assert.ok(records.length > EXCHANGES, 'heartbeats too');
  });

  test('shows a line for each exchange', () => {
    const line =
      /^[\d-]{10} [\d:.]{12} {2}(?:\d{3}|---) {2,}[\d.]+ms {2}\S+ +(?:completed|aborted|timeout|rejected|upgraded|tunneled|crashed) +\w+ +\S+/;
    const shown = lnav.show(json.stdout).trimEnd().split('\n');
    assert.deepEqual(
      shown.filter((text) => !line.test(text)),
      [],
    );
    assert.equal(shown.length, EXCHANGES);
  });
});

/** Of a combined line; lnav has no path where the request line is a dash. */
function statusAndPath(line: string): [status: number, path: string | null] {
  const [, request = '', status = ''] = /"([^"]*)" (\d{3}) /.exec(line) ?? [];
  return [Number(status), request.split(' ')[1] ?? null];
}
