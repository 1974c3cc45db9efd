// Records whose numbers are known, in OTLP/JSON.

export const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
export const MARKUP =
  '/<img src=x onerror="document.title=\'owned\'"></script><script>document.title=1</script>';
const NOW = Date.now();

type Attributes = Readonly<Record<string, string | number | boolean>>;

/** A record in OTLP/JSON, from `secondsAgo`. */
export function logRecord(attributes: Attributes, secondsAgo = 20): object {
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

export function exchange(status: number | undefined, more: Attributes = {}): Attributes {
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
export const SENT: readonly Attributes[] = [
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

/** What the tiles of the page then show. */
export const TILES: Readonly<Record<string, string>> = {
  requests: '57',
  errors: '3',
  aborted: '2',
  rejected: '1',
  suppressed: '25',
  lost: '4',
  complete: '66.3 %',
};

export function exported(records: readonly object[]): string {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };
  return JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords: records }] }] });
}
