import { ROOT_CONTEXT } from '@opentelemetry/api';
import type { Exchange } from '../../http/exchange.ts';
import { type MaskingRules, NO_RULES, type PathTemplate } from '../../options/rules/masking-rules.ts';

/** Rules of the user for which the sample has a value, of each kind. */
const MAX_NAMES = 5;
const CARD = '4111111111111111';
const PHONE = '13812345678';
const SECRET = 'made-up-value';

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

const JWT = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: 'user-7', sid: 'a1b2' })}.bm90LWEtc2lnbmF0dXJlLWJ1dC1sb25n`;

/** Headers of the sample that the record shows beside those that the options ask for. */
export const SAMPLE_HEADERS: readonly string[] = ['authorization', 'cookie', 'referer'];

/**
 * A made-up exchange with what masking is for in its path, query and headers: a token, a bank card, a mobile number, and
 * a value for the first names and templates of the rules. Nothing of it is traffic.
 *
 * @param names lower-case names of all request headers that the record reads
 */
export function sampleExchange(rules: MaskingRules = NO_RULES, names: readonly string[] = []): Exchange {
  const path = `${pathOf(rules.paths[0])}/${PHONE}`;
  const query = pairs(['token', ...namesOf(rules.query.exact)], '&');
  const cookies = pairs(['sid', ...namesOf(rules.cookies.exact)], '; ');
  const known: Readonly<Record<string, string>> = {
    authorization: `Bearer ${JWT}`,
    cookie: cookies,
    referer: `https://shop.example${path}?token=${SECRET}`,
  };
  const wanted = [...new Set([...SAMPLE_HEADERS, ...names])];
  const requestHeaders = Object.fromEntries(wanted.map((name) => [name, known[name] ?? SECRET]));
  return {
    connection: {
      // RFC 5737: addresses for documentation.
      remoteAddress: '203.0.113.7',
      isUnixSocket: false,
      remotePort: 50_123,
      localAddress: '192.0.2.1',
      localPort: 443,
      encrypted: true,
    },
    method: 'GET',
    target: `${path}?${query}&card=${CARD}&jwt=${JWT}`,
    httpVersion: '1.1',
    host: 'shop.example',
    userAgent: `shop-app/1.0 (${PHONE})`,
    requestHeaders,
    takeIdentityHeaders: () => requestHeaders,
    requestBodySize: 0,
    requestSize: undefined,
    statusCode: 302,
    responseBodySize: 0,
    responseSize: undefined,
    responseHead: `HTTP/1.1 302 Found\r\nlocation: /welcome?token=${SECRET}\r\nset-cookie: sid=${SECRET}; Path=/\r\n\r\n`,
    startMs: 0,
    timeToHeadersMs: 11,
    durationMs: 12,
    outcome: 'completed',
    errorCode: undefined,
    route: undefined,
    spanContext: undefined,
    context: ROOT_CONTEXT,
  };
}

function namesOf(exact: ReadonlyMap<string, unknown>): string[] {
  return [...exact.keys()].slice(0, MAX_NAMES);
}

function pairs(names: readonly string[], separator: string): string {
  return [...new Set(names)].map((name) => `${name}=${SECRET}`).join(separator);
}

/** A path that the template matches. */
function pathOf(template: PathTemplate | undefined): string {
  if (template === undefined) return '/users';
  return `/${template.segments.map((segment) => (segment.kind === 'text' ? segment.text : SECRET)).join('/')}`;
}
