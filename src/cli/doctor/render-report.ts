import type { ExplainedOption, ExplainedVariable } from '../../options/explain.ts';
import { renderFull } from '../../render/render-full.ts';
import { createPaint, type Paint, printable } from '../../render/terminal.ts';
import { sdkLine } from './explain/explain-spans.ts';
import type { ProcessState } from './probe/messages.ts';
import { ruleLines, sampleLines } from './render-masking.ts';
import type { ApplicationReport, DeliveryReport, Finding, Report } from './report.ts';

/** Lines of an application's output that are shown where it failed. */
const OUTPUT_LINES = 15;

const HTTP2_ON_NODE_20 =
  'On Node 20, HTTP/2 is seen through the events of servers that listen themselves; a push before the first observed stream, and a server that is handed its connections by another one, are not seen.';

const TOPICS: readonly (readonly [title: string, names: readonly string[]])[] = [
  [
    'what is recorded',
    [
      'enabled',
      'level',
      'ignore',
      'noise',
      'slowMs',
      'longPolls',
      'longAfterMs',
      'upgrades',
      'tlsErrors',
      'body',
      'stdout',
      'hooks',
    ],
  ],
  ['how much', ['rate', 'burst', 'errorRate', 'errorBurst', 'rejectedRate', 'rejectedBurst']],
  ['rollout', ['rollout', 'rolloutSeed', 'canary']],
  ['when there is too much', ['degrade', 'degradeAfterMs', 'recoverAfterMs', 'share']],
  [
    'privacy',
    ['sensitivePaths', 'requestHeaders', 'responseHeaders', 'clientIp', 'rules', 'detect', 'hashKeyFile'],
  ],
  ['identity', ['session', 'user', 'tenant', 'jwtClaims', 'authFingerprint', 'echo', 'echoTo']],
  ['detail', ['detailRequestHeaders', 'detailResponseHeaders', 'detailWhen', 'exceptionMessage']],
  ['behind a proxy', ['trustedProxies', 'clientIpHeaders', 'originHeaders']],
  ['traces', ['tracing', 'propagate']],
  ['records on disk', ['spoolDir', 'spoolLimitMib', 'spoolFsync']],
  ['serverless', ['freeze']],
];

interface RenderOptions {
  /** Default `false`, both. */
  readonly colours?: boolean;
  /** Whether options at their defaults are shown, and what masking does by default. */
  readonly verbose?: boolean;
}

/** Options of masking: where one is set, what it does is of interest. */
const OF_MASKING: readonly string[] = ['rules', 'detect', 'hashKeyFile'];

/** The report for a person: what was found first, then what it was found with. */
export function renderReport(report: Report, options: RenderOptions = {}): string {
  const paint = createPaint(options.colours ?? false);
  const { application, delivery, masking, problems, warnings } = report;
  const { verbose = false, colours = false } = options;
  const ofDelivery = delivery === null ? [] : deliveryLines(delivery, paint);
  const ofApplication = application === null ? [] : applicationLines(application, paint, colours);
  const isMaskingSet = report.options.some(
    ({ name, source }) => OF_MASKING.includes(name) && source !== 'default',
  );
  const lines = [
    `${paint('accent', `otel-access-log ${report.version}`)} on Node ${report.node}`,
    '',
    verdict(report, paint),
    ...section(
      'problems',
      problems.map((text) => `  ${mark('error', paint)} ${printable(text)}`),
      paint,
    ),
    ...section(
      'warnings',
      warnings.map((text) => `  ${mark('warning', paint)} ${printable(text)}`),
      paint,
    ),
    ...(hasError(application) ? [...ofApplication, ...ofDelivery] : [...ofDelivery, ...ofApplication]),
    ...optionLines(report.options, report.environment, verbose, paint),
    ...(masking === null || !(verbose || isMaskingSet)
      ? []
      : [
          ...section('masking', ruleLines(masking), paint),
          ...section(
            'a made-up exchange before and after masking, its authorization, cookie and referer captured',
            sampleLines(masking, paint),
            paint,
          ),
        ]),
    ...nextLines(report, verbose, paint),
  ];
  return `${lines.join('\n')}\n`;
}

function hasError(application: ApplicationReport | null): boolean {
  return application?.findings.some(({ level }) => level === 'error') ?? false;
}

function optionLines(
  allOptions: readonly ExplainedOption[],
  allVariables: readonly ExplainedVariable[],
  verbose: boolean,
  paint: Paint,
): string[] {
  const isShown = ({ source }: { readonly source: string }): boolean => verbose || source !== 'default';
  const options = allOptions.filter(isShown);
  const environment = allVariables.filter(isShown);
  const named = TOPICS.flatMap(([, names]) => names);
  const others = options.filter(({ name }) => !named.includes(name)).map(({ name }) => name);
  const rows = options.map(({ name, variable, value, source }) => ({
    name,
    variable,
    source,
    value: show(value),
  }));
  const width = Math.max(...[...rows, ...environment].map(({ variable }) => variable.length));
  const valueWidth = Math.min(40, Math.max(...[...rows, ...environment].map(({ value }) => value.length)));
  const line = ({ variable, value, source }: ExplainedVariable): string => {
    const text = printable(value).padEnd(valueWidth);
    return `  ${variable.padEnd(width)}  ${source === 'default' ? paint('faint', text) : paint('accent', text)}  ${paint('faint', source)}`;
  };
  return [
    ...[...TOPICS, ['more', others] as const].flatMap(([title, names]) =>
      section(
        title,
        names.flatMap((name) => rows.filter((row) => row.name === name).map(line)),
        paint,
      ),
    ),
    ...section('environment', environment.map(line), paint),
  ];
}

/** What to do next. */
function nextLines({ arrived, lines }: Report, verbose: boolean, paint: Paint): string[] {
  const texts = [
    ...(verbose ? [] : ['Options that are not shown have their defaults: --verbose shows all.']),
    ...(arrived && lines === null ? ['`npx otel-access-log tail` shows records as they arrive.'] : []),
  ];
  return texts.length === 0 ? [] : ['', ...texts.map((text) => paint('faint', text))];
}

function applicationLines(app: ApplicationReport, paint: Paint, colours: boolean): string[] {
  const { process: node, state, listening, request, mode, record, end } = app;
  const provider = state?.provider ?? null;
  const facts: (readonly [string, string])[] = [
    ...(node === null ? [] : [['Node', node.node] as const]),
    ...(node?.node.startsWith('20.') === true ? [['HTTP/2', HTTP2_ON_NODE_20] as const] : []),
    ...(state === null ? [] : [['main module', state.modules === 'esm' ? 'ES module' : 'CommonJS'] as const]),
    ...(state === null
      ? []
      : [
          ['SDK', provider === null ? 'none' : sdkText(state, provider)] as const,
          ['http instrumented', state.isHttpInstrumented ? 'yes' : 'no'] as const,
          ['loader hooks', state.loaderHooks.join(', ') || 'none'] as const,
        ]),
    ...(listening === null ? [] : [['listens on', listening] as const]),
    ...(request === null
      ? []
      : [
          ['GET /', request.status === null ? (request.error ?? '-') : `answered ${request.status}`] as const,
        ]),
    ...(mode === null ? [] : [['mode', mode] as const]),
    ...(end === null || end.stopped
      ? []
      : [['ended', end.signal === null ? `with exit code ${end.code}` : `by ${end.signal}`] as const]),
  ];
  const isBroken = record === null && app.output.trim() !== '';
  return [
    ...section(
      `application: ${app.command.join(' ')}`,
      [
        ...facts.map(([name, text]) => `  ${name.padEnd(17)}  ${printable(text)}`),
        ...(isBroken
          ? [`  ${paint('faint', 'the last that it wrote:')}`, ...outputLines(app.output, paint)]
          : []),
        ...app.findings.flatMap((finding) => findingLines(finding, paint)),
      ],
      paint,
    ),
    ...(record === null
      ? []
      : section(
          'its record',
          renderFull(record, { colours })
            .split('\n')
            .map((line) => `  ${line}`),
          paint,
        )),
  ];
}

function outputLines(output: string, paint: Paint): string[] {
  const lines = output.trimEnd().split('\n').slice(-OUTPUT_LINES);
  return lines.map(
    (line) => `  ${paint('faint', '|')} ${printable(line.replace(/\r$/, '').replaceAll('\t', '  '))}`,
  );
}

function deliveryLines({ protocol, endpoint, steps, findings }: DeliveryReport, paint: Paint): string[] {
  return section(
    `delivery: ${protocol} to ${endpoint}`,
    [
      ...steps.map(({ ok, told }) => `  ${mark(ok ? 'ok' : 'error', paint)} ${printable(told)}`),
      ...findings.flatMap((finding) => findingLines(finding, paint)),
    ],
    paint,
  );
}

function findingLines({ level, what, advice }: Finding, paint: Paint): string[] {
  return [`  ${mark(level, paint)} ${printable(what)}`, ...advice.map((line) => `      ${printable(line)}`)];
}

function verdict({ arrived, application, delivery, lines, problems }: Report, paint: Paint): string {
  if (arrived && lines !== null)
    return paint(
      'success',
      lines === 'console'
        ? 'Records are printed on standard output (console); nothing is sent, as configured.'
        : `Records are lines of standard output (${lines}); nothing is sent, as configured.`,
    );
  if (arrived) {
    return paint(
      'success',
      application === null ? 'The record arrived.' : 'The record of the application arrived.',
    );
  }
  if (problems.length > 0)
    return paint('error', 'Nothing was sent: with these options there is no access log.');
  if (delivery?.arrived === true) {
    return paint('error', 'No record came of the application; a test record arrived.');
  }
  return paint('error', 'No record arrived.');
}

function section(title: string, lines: readonly string[], paint: Paint): string[] {
  return lines.length === 0 ? [] : ['', paint('accent', printable(title)), ...lines];
}

function mark(level: Finding['level'] | 'ok', paint: Paint): string {
  switch (level) {
    case 'ok':
      return paint('success', '✓');
    case 'error':
      return paint('error', '✗');
    case 'warning':
      return paint('warning', '!');
    case 'note':
      return paint('faint', '·');
  }
}

function show(value: unknown): string {
  if (value === undefined) return '(cannot be used)';
  return (Array.isArray(value) ? value.join(',') : String(value)) || 'empty';
}

function sdkText(state: ProcessState, { version, className }: NonNullable<ProcessState['provider']>): string {
  const line = sdkLine(state);
  const facts = [
    ...(line === undefined ? [] : [`${line} line`]),
    ...(version === null ? [] : [version]),
    className,
  ];
  return facts.join(', ');
}
