// LogQL of the dashboard: every fragment has one name and is written once. Attributes of a record are structured
// metadata in Loki, with `_` for `.`.

/** All lines of the chosen services: requests, ledger, heartbeats. */
export const EVERYTHING = '{service_name=~"$service"}';

/** Requests have an outcome, our other events have not. */
const REQUESTS = `${EVERYTHING} | access_log_outcome!=""`;

/**
 * What the ledger calls a key: the route, else the method; and the status class, else the outcome. A ledger record
 * brings its status class, a request has it worked out here.
 */
const ROUTE = '{{ .http_route | default (printf "no route (%s)" .http_request_method) }}';
const CLASS =
  '{{ if .access_log_status_class }}{{ .access_log_status_class }}' +
  '{{ else if .http_response_status_code }}{{ substr 0 1 .http_response_status_code }}xx' +
  '{{ else }}{{ .access_log_outcome }}{{ end }}';
const KEY = `label_format route=\`${ROUTE}\`, class=\`${CLASS}\` | route=~\`$route\``;

/** Requests that ended in one of the chosen ways. */
const CHOSEN = `${REQUESTS} | access_log_outcome=~"$outcome"`;

/** Upgraded connections and tunnels last for hours: they would drown every request. */
const TIMED = `${REQUESTS} | access_log_outcome!~"upgraded|tunneled" | ${KEY}`;

const DURATION = 'unwrap http_server_request_duration | __error__=""';

/**
 * Each line weighs as many requests as it stands for: a request itself and those suppressed before it, a ledger
 * record as many as it counts.
 */
const ACCOUNTED = [
  `${EVERYTHING} | access_log_outcome!="" or access_log_count!="" | ${KEY}`,
  '| label_format weight=`{{ if .access_log_count }}{{ .access_log_count }}' +
    '{{ else }}{{ add 1 (int .access_log_suppressed_before) }}{{ end }}`',
  '| unwrap weight | __error__=""',
].join(' ');

/**
 * What is missing: on kept records, and in the ledger. Not `access_log_event=~"suppressed|"`: a line without the
 * attribute does not match an empty alternative.
 */
const MISSING = [
  `${EVERYTHING} | access_log_suppressed_before!="" or access_log_event=~"suppressed|lost" | ${KEY}`,
  '| label_format what=`{{ .access_log_event | default "suppressed" }}`,',
  'reason=`{{ if eq .access_log_event "lost" }}{{ .error_type }}{{ else }}rate limit{{ end }}`,',
  'weight=`{{ .access_log_count | default .access_log_suppressed_before }}`',
  '| unwrap weight | __error__=""',
].join(' ');

const HEARTBEATS = `${EVERYTHING} | access_log_event="heartbeat"`;

/** Counters of a process only grow, but for `pending`, so that only its last value counts. */
export const TOTALS = ['served', 'ignored', 'suppressed', 'kept', 'delivered', 'lost', 'pending'] as const;

type Total = (typeof TOTALS)[number];

/** One series per process: `service.instance.id` is shared by cluster workers and by restarts. */
function totalOfProcess(total: Total): string {
  const by = 'service_name, access_log_process_id';
  const range = `${HEARTBEATS} | unwrap access_log_total_${total} [$__range]`;
  return `last_over_time(${range}) by (${by})`;
}

/** `served = ignored + suppressed + kept`; where delivery is counted, `kept = delivered + lost + pending` too. */
const BALANCE = [
  'label_format difference=`{{ if or',
  '(ne (int .access_log_total_served)',
  '(add (int .access_log_total_ignored) (int .access_log_total_suppressed) (int .access_log_total_kept)))',
  '(and .access_log_total_delivered (ne (int .access_log_total_kept)',
  '(add (int .access_log_total_delivered) (int .access_log_total_lost) (int .access_log_total_pending))))',
  '}}yes{{ else }}no{{ end }}`',
].join(' ');

/** 0 instead of nothing. */
const orZero = (logql: string): string => `${logql} or vector(0)`;

/** For a number about the whole time range. */
export const inRange = {
  requests: orZero(`sum(sum_over_time(${ACCOUNTED} [$__range]))`),
  recorded: orZero(`sum(count_over_time(${REQUESTS} | ${KEY} [$__range]))`),
  suppressed: orZero(`sum(sum_over_time(${MISSING} | what="suppressed" [$__range]))`),
  lost: orZero(`sum(sum_over_time(${MISSING} | what="lost" [$__range]))`),
  errors: orZero(`sum(sum_over_time(${ACCOUNTED} | class="5xx" [$__range]))`),
  clients: `topk(10, sum by (client_address) (count_over_time(${REQUESTS} | ${KEY} [$__range])))`,
  outcomes: `sum by (access_log_outcome, route, error_type) (count_over_time(${CHOSEN} | access_log_outcome!="completed" | ${KEY} [$__range]))`,
  missing: `sum by (what, route, class, reason) (sum_over_time(${MISSING} [$__range]))`,
  total: (total: Total): string => orZero(`sum(${totalOfProcess(total)})`),
  totalsByProcess: TOTALS.map(
    (total) => `label_replace(${totalOfProcess(total)}, "total", "${total}", "", "")`,
  ).join(' or '),
  balanced: (holds: boolean): string =>
    orZero(
      `sum(count_over_time(${HEARTBEATS} | ${BALANCE} | difference="${holds ? 'no' : 'yes'}" [$__range]))`,
    ),
};

/** For a line over time. `$__auto` is the step, so that every request is in exactly one point. */
export const overTime = {
  requests: `sum by (route, class) (rate(${ACCOUNTED} [$__auto]))`,
  quantile: (q: number): string => `quantile_over_time(${q}, ${TIMED} | ${DURATION} [$__auto]) by (route)`,
  outcomes: `sum by (access_log_outcome) (count_over_time(${CHOSEN} | access_log_outcome!="completed" | ${KEY} [$__auto]))`,
  missing: `sum by (what) (sum_over_time(${MISSING} [$__auto]))`,
};

/** For a list of lines. */
export const lines = {
  // A ranking by `topk` would need a series per request, and Loki stops at 500.
  slow: `${TIMED} | http_server_request_duration >= $slower_than`,
  // An upgraded connection and a tunnel did what they were asked for.
  failed: `${CHOSEN} | access_log_outcome!~"completed|upgraded|tunneled" or http_response_status_code=~"5.." | ${KEY}`,
  // An empty field finds nothing, instead of every line without a trace.
  trace: '{service_name=~".+"} | trace_id="$trace_id" | trace_id!=""',
};
