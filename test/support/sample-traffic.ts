import type { ReceivedRecord } from '../../src/cli/receiver/otlp-record.ts';

/** 2026-11-23T14:00:00Z */
const START_SECOND = 1_795_442_400;

interface Endpoint {
  readonly service: string;
  readonly method: string;
  readonly route: string | undefined;
  readonly path: (random: () => number) => string;
  readonly weight: number;
  /** Seconds, in the middle. */
  readonly median: number;
  readonly bytes: number;
}

const number = (random: () => number): number => Math.floor(random() * 9000) + 1000;
const ENDPOINTS: readonly Endpoint[] = [
  ['shop', 'GET', '/products/:id', (r: () => number) => `/products/${number(r)}`, 30, 0.011, 4200],
  ['shop', 'GET', '/', () => '/', 14, 0.006, 18_400],
  ['shop', 'GET', '/search', (r: () => number) => `/search?page=${Math.ceil(r() * 9)}`, 12, 0.048, 9100],
  ['shop', 'GET', '/orders/:id', (r: () => number) => `/orders/${number(r)}`, 9, 0.019, 2300],
  ['shop', 'POST', '/orders', () => '/orders', 3, 0.072, 310],
  ['shop', 'POST', '/basket/items', () => '/basket/items', 8, 0.014, 520],
  ['shop', 'GET', undefined, (r: () => number) => `/wp-admin/${number(r)}.php`, 2, 0.002, 146],
  ['payments', 'POST', '/charges', () => '/charges', 4, 0.21, 640],
  ['payments', 'GET', '/charges/:id', (r: () => number) => `/charges/${number(r)}`, 3, 0.024, 780],
  ['gateway', 'GET', '/api/*', (r: () => number) => `/api/v2/stock/${number(r)}`, 15, 0.008, 900],
].map(([service, method, route, path, weight, median, bytes]) => {
  return { service, method, route, path, weight, median, bytes } as Endpoint;
});
const WEIGHT = ENDPOINTS.reduce((sum, { weight }) => sum + weight, 0);

const AGENTS = [
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Version/19.1 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
  'Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0',
  'shop-app/8.2.1 (Android 16)',
  'kube-probe/1.34',
];
const SCRAPER = { address: '198.51.100.77', agent: 'python-requests/2.32' } as const;

/** Small, fast, the same everywhere (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Fifteen minutes of a shop, the same each time: day-like waves, an incident of `payments` from minute 5 to 7, and from
 * minute 10 to 11 a client that floods `/search`, which the rate limit holds off.
 */
export function* sampleTraffic(seconds = 900): Generator<ReceivedRecord> {
  const random = randomFrom(27);
  let suppressedByFlood = 0;
  for (let second = 0; second < seconds; second++) {
    const isFlooded = second >= 600 && second < 680;
    const requests = Math.round(38 + 9 * Math.sin(second / 70) + 8 * random() + (isFlooded ? 22 : 0));
    for (let index = 0; index < requests; index++) {
      yield exchange(second + (index + random()) / requests, random, isFlooded && index % 3 === 0, second);
    }
    if (isFlooded) suppressedByFlood += Math.round(70 + 40 * random());
    if (suppressedByFlood > 0 && second % 10 === 9) {
      yield ledger('suppressed', suppressedByFlood, second);
      suppressedByFlood = 0;
    }
    if (second === 649) yield ledger('lost', 160, second);
    if (second % 60 === 59) yield* heartbeats(second);
  }
}

function exchange(at: number, random: () => number, isScraper: boolean, second: number): ReceivedRecord {
  const endpoint = isScraper ? (ENDPOINTS[2] as Endpoint) : pick(random);
  const { service, method, route, path, bytes } = endpoint;
  const isIncident = service === 'payments' && second >= 300 && second < 420;
  const duration = endpoint.median * Math.exp(0.55 * normal(random)) * (isIncident ? 9 : 1);
  const chance = random();
  const isAborted = chance > 0.994 || (isIncident && chance > 0.9);
  const status = isIncident && chance < 0.45 ? 503 : statusOf(route, method, chance);
  const target = path(random).split('?');
  const attributes = {
    'http.request.method': method,
    'url.path': target[0],
    ...(target[1] === undefined ? {} : { 'url.query': target[1] }),
    'url.scheme': 'https',
    ...(route === undefined ? {} : { 'http.route': route }),
    ...(isAborted ? {} : { 'http.response.status_code': status, 'http.response.body.size': bytes }),
    'http.server.request.duration': duration,
    ...(isAborted ? {} : { 'access_log.time_to_headers': duration * 0.92 }),
    'access_log.outcome': isAborted ? 'aborted' : 'completed',
    ...(isAborted ? { 'error.type': 'aborted' } : status >= 500 ? { 'error.type': String(status) } : {}),
    'client.address': isScraper ? SCRAPER.address : `203.0.113.${Math.floor(60 * random() ** 2) + 3}`,
    'user_agent.original': isScraper
      ? SCRAPER.agent
      : (AGENTS[Math.floor(AGENTS.length * random() ** 1.6)] ?? ''),
    'network.protocol.version': '1.1',
    'server.address': `${service}.example`,
    'server.port': 443,
  };
  const severity = status >= 500 && !isAborted ? 17 : status >= 400 || isAborted ? 13 : 9;
  return record(at, attributes, service, severity, random);
}

function statusOf(route: string | undefined, method: string, chance: number): number {
  if (route === undefined) return 404;
  if (chance < 0.0025) return 500;
  if (chance < 0.02) return route === '/orders' ? 422 : 404;
  if (chance < 0.09 && method === 'GET') return 304;
  return method === 'POST' && route === '/orders' ? 201 : 200;
}

function ledger(event: 'suppressed' | 'lost', count: number, second: number): ReceivedRecord {
  return record(
    second + 0.99,
    {
      'access_log.event': event,
      'http.route': '/search',
      'access_log.status_class': '2xx',
      'access_log.count': count,
      'access_log.window_start': String(BigInt(START_SECOND + second - 9) * 1_000_000_000n),
      ...(event === 'lost' ? { 'error.type': 'buffer_full' } : {}),
    },
    'shop',
    13,
  );
}

function* heartbeats(second: number): Generator<ReceivedRecord> {
  const minutes = (second + 1) / 60;
  for (const [service, processId, perMinute] of [
    ['gateway', '5f0a6c1e-1d0c-4a57-9be2-0c9d0f2a4411', 420],
    ['payments', 'b81e5d27-6c5e-4f7c-8c1d-3c2f5a90d7aa', 190],
    ['shop', '0c9be7f4-90e6-4f0b-a5a3-f4b8b7d5e102', 1010],
    ['shop', 'e2d6a9b0-33a1-4a0e-9b6c-2d7b1b6f8c35', 990],
  ] as const) {
    const [kept, ignored] = [Math.round(perMinute * minutes), 6 * minutes];
    const suppressed = service === 'shop' ? Math.round(Math.min(70, Math.max(0, second - 599)) * 45) : 0;
    const lost = service === 'shop' && second > 649 && processId.startsWith('0') ? 160 : 0;
    const totals = { served: kept + ignored + suppressed, ignored, suppressed, kept };
    const delivery = { delivered: kept - lost - 12, lost, pending: 12 };
    const sums = Object.entries({ ...totals, ...delivery }).map(([name, value]) => [
      `access_log.total.${name}`,
      value,
    ]);
    const attributes = {
      'access_log.event': 'heartbeat',
      ...Object.fromEntries(sums),
      'access_log.mode': 'normal',
      'access_log.process_id': processId,
    };
    yield record(second + 0.995, attributes, service, 9);
  }
}

function record(
  at: number,
  attributes: ReceivedRecord['attributes'],
  service: string,
  severityNumber: number,
  random?: () => number,
): ReceivedRecord {
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => Math.floor((random?.() ?? 0) * 16).toString(16)).join('');
  const time = BigInt(START_SECOND) * 1_000_000_000n + BigInt(Math.floor(at * 1e9));
  return {
    timeUnixNano: time,
    observedTimeUnixNano: time,
    severityNumber,
    severityText: severityNumber >= 17 ? 'ERROR' : severityNumber >= 13 ? 'WARN' : 'INFO',
    body: attributes['access_log.event'] === undefined ? undefined : bodyOf(attributes),
    eventName: `access_log.${attributes['access_log.event'] ?? 'request'}`,
    traceId: random === undefined ? undefined : hex(32),
    spanId: random === undefined ? undefined : hex(16),
    flags: 1,
    attributes,
    resource: { 'service.name': service, 'deployment.environment.name': 'production' },
    scope: { name: 'otel-access-log', version: '0.1.0' },
  };
}

function bodyOf(attributes: ReceivedRecord['attributes']): string {
  const sums = Object.entries(attributes).filter(([name]) => /\.(total\.\w+|count)$/.test(name));
  return `${attributes['access_log.event']}: ${sums.map(([name, value]) => `${name.split('.').at(-1)} ${value}`).join(', ')}`;
}

function pick(random: () => number): Endpoint {
  let left = random() * WEIGHT;
  for (const endpoint of ENDPOINTS) {
    left -= endpoint.weight;
    if (left < 0) return endpoint;
  }
  return ENDPOINTS[0] as Endpoint;
}

/** Of the normal distribution, nearly. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
