// Records in which every text that a client can choose is hostile, made by different rules of masking.
import { defineField } from '../../../src/fields/definition.ts';
import type { Exchange, Outcome } from '../../../src/http/exchange.ts';
import { ExchangeFields } from '../../../src/http/fields/exchange-fields.ts';
import type { AccessLogRecord } from '../../../src/record/access-log-record.ts';
import type { RecordOptions } from '../../../src/record/record-options.ts';
import { maskingOf } from '../../record/masking/support/masking-of.ts';
import {
  connection,
  exchange,
  RECORD_CONTEXT,
  recordMaker,
  recordOptions,
} from '../../record/support/exchange-factory.ts';
import { type Dice, hostileTarget, hostileText } from './hostile-text.ts';

const HEADERS = ['cookie', 'referer', 'x-a', 'authorization', 'baggage', 'x-user', 'x-tenant', 'x-real-ip'];
const PROXY_HEADERS = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'forwarded'];
const OUTCOMES: readonly Outcome[] = ['completed', 'aborted', 'timeout', 'rejected', 'tunneled', 'crashed'];
/** What a hook may replace, and names of its own. */
const HOOKED = [
  'url.path',
  'url.query',
  'user_agent.original',
  'client.address',
  'server.address',
  'note',
  'level',
];

const OPTIONS: Partial<RecordOptions> = {
  trustedProxies: ['10.0.0.0/8'],
  clientIpHeaders: ['forwarded', 'x-forwarded-for', 'x-real-ip'],
  originHeaders: ['forwarded', 'x-forwarded-proto', 'x-forwarded-host'],
  requestHeaders: ['cookie', 'referer', 'x-a'],
  responseHeaders: ['x-a', 'location'],
  detailRequestHeaders: ['authorization'],
  session: ['cookie:sid'],
  user: ['baggage:user', 'header:x-user'],
  tenant: ['field:tenant', 'header:x-tenant'],
  jwtClaims: ['sub', 'level=plain'],
  authFingerprint: true,
};

/** Each strategy somewhere. */
const RULES = `allow: [note]
detect: { card: keep:6:4, phone-cn: hash, email: remove, key: "replace:{key}" }
query: { level: "replace:{level}", a: hash, code: remove, x: keep:1:1, "*": mask }
cookies: { sid: hash, level: show, "*": "replace:[gone]" }
headers: { x-a: mask, referer: show }
paths: { "/GET/{a}": { a: remove }, "/a/{b}": { b: hash }, "/curl/{c}/{d}": { c: "replace:{}", d: keep:1:1 } }
`;
const PATTERNS = `patterns:
  - { name: level, match: 'level', do: remove }
  - { name: pair, match: '[a-z]+=[a-z]+', do: keep:1:1 }
  - { name: brace, match: '[{][^}]{0,20}', do: "replace:}" }
`;

const FIELDS = [
  defineField('cart', {}),
  defineField('plan', { mask: 'mask' }),
  defineField('shop.code', { mask: 'keep:3:2' }),
  defineField('coupon', { mask: 'hash' }),
  defineField('gift', { mask: 'replace:{gift}' }),
  defineField('query', { mask: 'show' }),
  defineField('tags', {}),
  defineField('wide', { maxLength: 2048 }),
  defineField('later', { when: 'bad' }),
];

export interface HostileRecord {
  readonly exchange: Exchange;
  readonly record: AccessLogRecord;
}

type Maker = ReturnType<typeof recordMaker>;

function makerOf(overrides: Partial<RecordOptions>): Maker {
  return recordMaker(recordOptions({ ...OPTIONS, ...overrides }));
}

/** By how rarely they are taken: patterns are slow. */
const MAKERS: readonly Maker[] = [
  makerOf({ masking: { current: maskingOf(PATTERNS + RULES) } }),
  makerOf({ masking: { current: maskingOf() }, clientIp: 'hash' }),
  makerOf({ masking: { current: maskingOf(RULES) } }),
  makerOf({ masking: { current: maskingOf() } }),
];

function makerFor(dice: Dice): Maker {
  const side = dice.below(64);
  return MAKERS[side === 0 ? 0 : side < 4 ? 1 : side < 16 ? 2 : 3] as Maker;
}

function headersOf(dice: Dice): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const name of HEADERS) {
    if (dice.below(3) > 0) continue;
    headers[name] = dice.below(8) === 0 ? [hostileText(dice), hostileText(dice)] : hostileText(dice);
  }
  if (dice.below(4) === 0) {
    const claims = Buffer.from(JSON.stringify({ sub: hostileText(dice), level: hostileText(dice) }));
    headers.authorization = `Bearer e30.${claims.toString('base64url')}.c2ln`;
  }
  if (dice.below(4) === 0) headers.cookie = `sid=${hostileText(dice)}; level=${hostileText(dice)}`;
  if (dice.below(4) === 0) headers.baggage = `user=${encodeURIComponent(hostileText(dice).toWellFormed())}`;
  for (const name of PROXY_HEADERS) {
    if (dice.below(4) === 0) headers[name] = hostileText(dice);
  }
  if (dice.below(8) === 0) headers.forwarded = `for="${hostileText(dice)}";host="${hostileText(dice)}"`;
  return headers;
}

function fieldsOf(dice: Dice): ExchangeFields {
  const fields = new ExchangeFields();
  for (const field of FIELDS) {
    if (dice.below(3) > 0) continue;
    const isList = field.name === 'tags';
    fields.set(field, isList ? [hostileText(dice), hostileText(dice)] : hostileText(dice));
  }
  for (let left = dice.below(3); left > 0; left--) fields.note(hostileText(dice));
  return fields;
}

/** A text of which masking may leave nothing. */
function textOrRemoved(dice: Dice): string {
  return dice.below(4) === 0 ? 'jane.roe@mail.example' : hostileText(dice);
}

function hookOf(dice: Dice): Record<string, string> {
  const names = HOOKED.filter(() => dice.below(4) === 0);
  return Object.fromEntries(names.map((name) => [name, textOrRemoved(dice)]));
}

/** What an exchange has beside its target. Mostly little: a million targets should not take minutes. */
function otherTexts(dice: Dice): Partial<Exchange> {
  if (dice.below(8) > 0) {
    return { userAgent: hostileText(dice), ...(dice.below(4) === 0 && { fields: fieldsOf(dice) }) };
  }
  const requestHeaders = headersOf(dice);
  const isKnown = dice.below(4) > 0;
  return {
    connection: connection({
      remoteAddress: dice.oneOf(['10.0.0.1', '203.0.113.7', '::1', hostileText(dice)]),
    }),
    method: isKnown ? dice.oneOf(['GET', 'POST']) : hostileText(dice),
    httpVersion: isKnown ? '1.1' : hostileText(dice),
    host: hostileText(dice),
    userAgent: dice.below(8) === 0 ? undefined : hostileText(dice),
    requestHeaders,
    takeIdentityHeaders: () => requestHeaders,
    responseHead: `HTTP/1.1 200 OK\r\nx-a: ${hostileText(dice)}\r\nlocation: ${hostileText(dice)}\r\n\r\n`,
    errorCode: hostileText(dice),
    route: hostileText(dice),
    fields: fieldsOf(dice),
  };
}

export function hostileRecord(dice: Dice): HostileRecord {
  const made = exchange({
    method: dice.oneOf(['GET', 'CONNECT']),
    target: hostileTarget(dice),
    statusCode: dice.oneOf([200, 404, 500, undefined]),
    responseBodySize: dice.oneOf([0, 1532, undefined]),
    outcome: dice.oneOf(OUTCOMES),
    ...otherTexts(dice),
  });
  const make = makerFor(dice);
  const hook = dice.below(16) === 0 ? hookOf(dice) : undefined;
  const context = {
    ...RECORD_CONTEXT,
    ...(dice.below(16) === 0 && { service: hostileText(dice).toWellFormed() }),
  };
  return { exchange: made, record: make(made, context, hook) };
}
