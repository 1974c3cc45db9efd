import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { repoRoot } from '../test/support/repo-root.ts';
import { cleanEnv } from '../test/support/spawn-app.ts';
import type { Cores } from './support/cores.ts';
import { type Goal, reportGoals } from './support/goals.ts';
import { describeMachine, ownVersion } from './support/machine.ts';
import { spread, table } from './support/markdown.ts';
import { Paired } from './support/paired.ts';
import { shuffled } from './support/statistics.ts';

const REGISTER = ['--import', 'otel-access-log/register'];
const ONE_REQUEST = fileURLToPath(new URL('./processes/one-request.js', import.meta.url));
const TELL_RSS = "require('node:fs').writeSync(3, String(process.memoryUsage.rss()))";
const MOST_MS = 120;

interface Preload {
  readonly id: string;
  readonly title: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

function preload(name: string): string[] {
  return ['--import', new URL(`./processes/${name}.js`, import.meta.url).href];
}

const PRELOADS: readonly Preload[] = [
  { id: 'none', title: 'nothing', args: [] },
  { id: 'http', title: 'a file that imports `node:http`', args: preload('http-only') },
  { id: 'grpc', title: '**this package**, gRPC', args: REGISTER },
  {
    id: 'proto',
    title: '**this package**, `http/protobuf`',
    args: REGISTER,
    env: { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' },
  },
  {
    id: 'stdout',
    title: '**this package**, only `ACCESS_LOG_STDOUT=line`',
    args: REGISTER,
    env: { OTEL_LOGS_EXPORTER: 'none', ACCESS_LOG_STDOUT: 'line' },
  },
  {
    id: 'official',
    title: '**this package**, `ACCESS_LOG_PIPELINE=sdk`',
    args: REGISTER,
    env: { ACCESS_LOG_PIPELINE: 'sdk' },
  },
  { id: 'sdk', title: 'NodeSDK + HttpInstrumentation', args: preload('sdk/http') },
];

interface StartUp {
  /** Of a process that does nothing, from start to end. */
  readonly emptyMs: number;
  /** Of a process that does nothing. */
  readonly rssMib: number;
  /** Until a service has answered its first request. */
  readonly answeredMs: number;
  /** Of that request. */
  readonly firstRequestMs: number;
}

/** How long a process takes that loads the preload, and what its first request takes; as Markdown. */
export function measureStartUp(repetitions: number, cores: Cores, place: string): string {
  const rounds: Map<string, StartUp>[] = [];
  // Round 0 fills the file system's caches.
  for (let round = 0; round <= repetitions; round += 1) {
    const repetition = new Map<string, StartUp>();
    for (const each of shuffled(PRELOADS)) repetition.set(each.id, measure(each, cores));
    if (round > 0) rounds.push(repetition);
  }
  const series = new Paired(rounds);
  return [
    '## Start-up',
    '',
    `${describeMachine()}; otel-access-log ${ownVersion()}; ${place}. Whole processes on one core, ${repetitions} ` +
      'repetitions in random order, paired: median (quartiles).',
    '`node --import … -e 0` from start to end, and the resident set size at that moment; and a service that imports ' +
      '`node:http`, listens and answers one request, which shows what is loaded only then.',
    '',
    ...reportGoals(goals(series)),
    table(
      [
        '`--import`',
        'ms',
        'over nothing',
        'over `node:http`',
        'RSS MiB',
        'over nothing',
        'ms to the first answer',
        'over nothing',
        'ms of that request',
      ],
      PRELOADS.map(({ id, title }) => [
        title,
        spread(series.quartiles(id, ({ emptyMs }) => emptyMs)),
        id === 'none' ? '–' : spread(series.difference(id, 'none', ({ emptyMs }) => emptyMs)),
        id === 'none' || id === 'http'
          ? '–'
          : spread(series.difference(id, 'http', ({ emptyMs }) => emptyMs)),
        series.median(id, ({ rssMib }) => rssMib).toFixed(0),
        id === 'none' ? '–' : spread(series.difference(id, 'none', ({ rssMib }) => rssMib)),
        spread(series.quartiles(id, ({ answeredMs }) => answeredMs)),
        id === 'none' ? '–' : spread(series.difference(id, 'none', ({ answeredMs }) => answeredMs)),
        spread(series.quartiles(id, ({ firstRequestMs }) => firstRequestMs)),
      ]),
    ),
  ].join('\n');
}

function goals(series: Paired<StartUp>): readonly Goal[] {
  return PRELOADS.filter(({ id }) => ['grpc', 'proto', 'stdout'].includes(id)).map(({ id, title }) => {
    const { median } = series.difference(id, 'none', ({ emptyMs }) => emptyMs);
    return {
      what: `\`--import\` of ${title}`,
      goal: `≤ ${MOST_MS} ms`,
      reached: `${median.toFixed(0)} ms`,
      isReached: median <= MOST_MS,
    };
  });
}

function measure(each: Preload, cores: Cores): StartUp {
  const { ms: emptyMs } = run(each, ['-e', '0'], cores);
  const rss = run(each, ['-e', TELL_RSS], cores).told;
  const [answeredMs, firstRequestMs]: [number, number] = JSON.parse(run(each, [ONE_REQUEST], cores).told);
  return { emptyMs, rssMib: Number(rss) / 1024 ** 2, answeredMs, firstRequestMs };
}

/** @returns how long the process took, and what it wrote to file descriptor 3 */
function run({ args, env }: Preload, script: readonly string[], cores: Cores): { ms: number; told: string } {
  const [command = process.execPath, ...rest] = [...cores.server, process.execPath, ...args, ...script];
  const start = performance.now();
  const { status, signal, stderr, output } = spawnSync(command, rest, {
    cwd: repoRoot,
    env: { ...cleanEnv(), ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const ms = performance.now() - start;
  if ((status !== 0 && signal !== 'SIGKILL') || stderr !== '') {
    throw new Error(`Expected ${rest.join(' ')} to end silently, got ${status ?? signal}\n${stderr}`);
  }
  return { ms, told: output[3] ?? '' };
}
