// What each form of a body may say to its readers: what the record says, at its place, and nothing else.
import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import type { RecordAttributes } from '../../../src/record/record-fields.ts';
import {
  combinedLines,
  GRAFANA_PAIR,
  logfmtPairs,
  lokiLabel,
  obeyedBy,
  objectsIn,
  UNSEEN,
  unescaped,
} from './body-parsers.ts';

const PRINTABLE_ASCII = /^[ -~]*$/;
const LINE =
  /^([!-~]+) ([!-~]+) (\d{3}|-)(?: (aborted|timeout|rejected|upgraded|tunneled|crashed))?(?: (\d+)B)? [\d.]+ms$/;

export interface ExpectedRecord {
  readonly attributes: RecordAttributes;
  readonly severityText: string;
  readonly service: string | undefined;
  /** Of the fields that handlers have set, those that were written. */
  readonly fieldNames: readonly string[];
}

/** What holds in every form. */
function checkText(body: string): void {
  assert.doesNotMatch(body, UNSEEN, 'something that is not seen');
  assert.deepEqual(obeyedBy(body), [], 'a terminal obeys');
  assert.doesNotMatch(body, GRAFANA_PAIR, 'Grafana shows a field');
}

export function checkLine(body: string, { attributes }: ExpectedRecord): void {
  checkText(body);
  assert.match(body, PRINTABLE_ASCII);
  assert.deepEqual(logfmtPairs(body), [], 'logfmt finds pairs');
  assert.doesNotMatch(body, /[{}="\\]/);
  assert.ok(!isJson(body));
  const [, method = '', path = '', status, outcome = 'completed', size] =
    LINE.exec(body) ?? assert.fail('no line');
  assertSame(method, methodOf(attributes));
  assertSame(path, pathOf(attributes) ?? '-');
  assert.equal(status, String(attributes['http.response.status_code'] ?? '-'));
  assert.equal(outcome, attributes['access_log.outcome']);
  assert.equal(size, attributes['http.response.body.size']?.toString());
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Both decoded, since the body encodes what the attribute has as it was sent. */
function assertSame(shown: string, original: string): void {
  if (shown !== original) assert.equal(decoded(shown), decoded(original));
}

function decoded(text: string): string {
  const isSent = /^[\0-\xff]*$/.test(text) && isUtf8(Buffer.from(text, 'latin1'));
  const bytes = isSent ? text : Buffer.from(text).toString('latin1');
  return bytes.replace(/%([\dA-Fa-f]{2})/g, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function methodOf(attributes: RecordAttributes): string {
  return String(attributes['http.request.method_original'] ?? attributes['http.request.method']);
}

function pathOf(attributes: RecordAttributes): string | undefined {
  const path = attributes['url.path'];
  if (path !== undefined && path !== '') return String(path);
  const address = attributes['server.address'];
  const isTunnel =
    attributes['http.request.method'] === 'CONNECT' && attributes['access_log.outcome'] !== 'rejected';
  if (!isTunnel || address === undefined) return undefined;
  const host = String(address);
  return `${host.includes(':') ? `[${host}]` : host}:${attributes['server.port'] ?? '-'}`;
}

/** Members of the record itself: a field cannot take their names. */
const OWN = ['query', 'path', 'level'];

const STRING = /"(?:[^"\\]|\\.)*":?/g;

export function checkJson(body: string, expected: ExpectedRecord): void {
  checkText(body);
  assert.deepEqual(logfmtPairs(body), [], 'logfmt finds pairs');
  const members: unknown = JSON.parse(body);
  const own = membersOf(expected);
  assert.deepEqual(members, own);
  // `JSON.parse` takes the last of members that have the same name.
  const names = body.match(STRING)?.filter((text) => text.endsWith(':'));
  assert.equal(names?.length, Object.keys(own).length);
  assert.deepEqual(objectsIn(body.slice(1, -1)), [], 'an object within the line');
}

/** Under their names, whether a field, an option or a hook says them. */
const WHO = ['session.id', 'user.id', 'user.hash', 'tenant.id'];

function membersOf({
  attributes,
  severityText,
  service,
  fieldNames,
}: ExpectedRecord): Record<string, unknown> {
  const {
    'access_log.outcome': outcome,
    'error.type': errorType,
    'http.response.status_code': status,
  } = attributes;
  const all: Record<string, unknown> = {
    time: '2026-11-23T18:05:09.000012345Z',
    level: severityText.toLowerCase(),
    method: methodOf(attributes),
    path: pathOf(attributes),
    query: attributes['url.query'] || undefined,
    status_code: status,
    outcome,
    error_type: errorType === outcome || errorType === String(status) ? undefined : errorType,
    duration_ms: 12.4,
    bytes: attributes['http.response.body.size'],
    ip: attributes['client.address'],
    user_agent: attributes['user_agent.original'],
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    span_id: 'b7ad6b7169203331',
    route: attributes['http.route'],
    service,
    suppressed_before: attributes['access_log.suppressed_before'],
    notes: attributes['access_log.notes'],
  };
  for (const name of WHO) all[name] = attributes[name];
  for (const name of fieldNames) if (!OWN.includes(name)) all[name] = attributes[name];
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

export function checkCombined(body: string, { attributes }: ExpectedRecord): void {
  checkText(body);
  assert.match(body, PRINTABLE_ASCII);
  for (const [key] of logfmtPairs(body)) {
    // As in a line of Apache: the target is a word with `=` in it. It is none of the labels that Loki makes itself.
    assert.ok(key.startsWith('/'), `logfmt finds ${key}`);
    assert.doesNotMatch(lokiLabel(key), /^__.+__$/);
  }
  assert.deepEqual(objectsIn(body), [], 'an object within the line');
  const query = attributes['url.query'] ? `?${attributes['url.query']}` : '';
  const path = pathOf(attributes);
  const method = methodOf(attributes);
  const version = attributes['network.protocol.version'];
  const isUnknown = path === undefined && method === '_OTHER';
  const referer = attributes['http.request.header.referer'];
  const told = {
    host: bytesOf(attributes['client.address'] || '-'),
    request: isUnknown ? ['-'] : [method, (path ?? '-') + query, `HTTP/${version ?? ''}`].map(bytesOf),
    status: String(attributes['http.response.status_code'] ?? '000'),
    bytes: String(attributes['http.response.body.size'] || '-'),
    referer: bytesOf(Array.isArray(referer) ? (referer[0] ?? '-') : '-'),
    userAgent: bytesOf(attributes['user_agent.original'] ?? '-'),
  };
  for (const [reader, line] of combinedLines(body)) {
    assert.ok(line !== undefined, `not a line to a reader ${reader}`);
    const read = {
      ...line,
      host: unescaped(line.host),
      request: line.request.split(' ').map(unescaped),
      referer: unescaped(line.referer),
      userAgent: unescaped(line.userAgent),
    };
    assert.deepEqual(read, told, reader);
  }
}

/** One character for each byte: what Node has read of a head is such a text, anything else becomes UTF-8. */
function bytesOf(value: unknown): string {
  let bytes = '';
  for (const char of String(value)) bytes += char > '\xff' ? Buffer.from(char).toString('latin1') : char;
  return bytes;
}
