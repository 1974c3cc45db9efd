// What the tour asks the service, and how the record of each is known when it arrives.

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
export const TRACEPARENT = `00-${TRACE_ID}-00f067aa0ba902b7-01`;

/** `isRecord` gets the attributes of a record and its trace id. */
export const samples = [
  {
    told: 'an order',
    path: '/orders/42',
    isRecord: (a) => a['url.path'] === '/orders/42' && a['http.response.status_code'] === 200,
  },
  {
    told: 'a new order',
    path: '/orders',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"item":"lamp"}',
    isRecord: (a) => a['http.request.method'] === 'POST' && a['http.response.status_code'] === 201,
  },
  {
    told: 'a page that is not there',
    path: '/nowhere',
    isRecord: (a) => a['http.response.status_code'] === 404,
  },
  {
    told: 'a handler that throws',
    path: '/broken',
    isRecord: (a) => a['http.response.status_code'] === 500,
  },
  {
    told: 'a secret in the query: only its key is recorded',
    path: '/orders/7?token=a-secret&page=2',
    isRecord: (a) => a['url.query'] === 'token=REDACTED&page=2',
  },
  {
    told: `a trace that began elsewhere (${TRACE_ID})`,
    path: '/orders/8',
    headers: { traceparent: TRACEPARENT },
    showInFull: true,
    isRecord: (_a, traceId) => traceId === TRACE_ID,
  },
  {
    told: 'a client that goes away after 100 ms',
    path: '/report?patience=none',
    abortAfterMs: 100,
    isRecord: (a) => a['url.path'] === '/report' && a['access_log.outcome'] === 'aborted',
  },
  {
    told: 'a slow answer',
    path: '/report',
    isRecord: (a) => a['url.path'] === '/report' && a['http.response.status_code'] === 200,
  },
];

/** Sends one of them and reads the answer; a client that goes away is no failure here. */
export async function send(origin, { path, method = 'GET', headers = {}, body, abortAfterMs }) {
  const signal = abortAfterMs === undefined ? undefined : AbortSignal.timeout(abortAfterMs);
  try {
    const response = await fetch(origin + path, { method, headers, body, signal });
    await response.arrayBuffer();
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}
