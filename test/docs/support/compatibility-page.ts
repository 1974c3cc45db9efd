// docs/compatibility.md: which versions the tests run with, read from what the tests are defined by.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { FRAMEWORKS, type Framework } from '../../lanes/frameworks/table.ts';
import { FACTORS, LANES, type Line, SPANS_INSIDE } from '../../lanes/lane-table.ts';
import { type ApplicationLine, DEPENDENCIES } from '../../lanes/support/lines.ts';
import { RUNTIMES } from '../../lanes/support/runtime-binary.ts';
import { TOOLS } from '../../lanes/support/tools.ts';
import { inRepo } from '../../support/repo-root.ts';

type Versions = Readonly<Record<string, string>>;

/** Versions of the API that the manifests are validated against. */
const KUBERNETES = 'examples/kubernetes/tested.json';

const LINES: readonly (readonly [line: ApplicationLine, what: string])[] = [
  ['2.0', 'the oldest NodeSDK of 2.x'],
  ['2.0-traces', 'its tracing alone, with an older API'],
  ['2.0.1', 'the oldest SDK that is set up in code with the access log'],
  ['2.x', 'the newest of 2.x'],
  ['3.x', 'the newest'],
];
const SHOWN = ['api', 'sdk-node', 'sdk-trace-node', 'instrumentation-http', 'sdk-logs'] as const;

/** The whole page. */
export function compatibilityPage(): string {
  const { engines } = readJson<{ engines: Versions }>('package.json');
  return [
    '# Compatibility',
    'What is tested, and nothing else. This page is generated from the definitions of the tests; one of them fails where it is not current.',
    '## Node and OpenTelemetry',
    `The package asks for Node \`${engines.node}\`. The packed package is tried in fresh applications ([test/lanes](../test/lanes/lane-table.ts)): how many of them there are of each version of Node and line of the application's own OpenTelemetry packages. Any two values of Node, line, package manager, way to run (${list(FACTORS.run)}), framework, module system, way to preload and protocol occur together in one of them.`,
    nodeTable(),
    "OpenTelemetry 3.x does not run on Node 20. The application's packages in each line, without `@opentelemetry/`:",
    table(
      ['line', 'what', ...SHOWN],
      LINES.map(([line, what]) => [
        line,
        what,
        ...SHOWN.map((name) => DEPENDENCIES[line][`@opentelemetry/${name}`] ?? '–'),
      ]),
    ),
    `Beside tracing agents: ${agents()}. Beside \`@vercel/otel\`: ${vercel()}.`,
    '## Frameworks',
    `\`http.route\` without an instrumentation of the framework, and with it ([test/lanes/frameworks](../test/lanes/frameworks/table.ts)). All requests have their records in either case. Express ${laneVersion('express')} and Fastify ${laneVersion('fastify')} run in the lanes above, on every Node.`,
    table(
      ['framework', 'route by itself', 'route with'],
      FRAMEWORKS.map((framework) => [versionsOf(framework), ...routesOf(framework)]),
    ),
    'Versions in the [examples](../examples), which are started as their READMEs say:',
    table(['example', 'versions'], examples()),
    '## Package managers and runtimes',
    `npm, as it comes with Node; pnpm ${TOOLS.pnpm}; yarn ${TOOLS.yarn}; yarn ${TOOLS['@yarnpkg/cli-dist']} with \`node_modules\` and with Plug'n'Play; bundled with esbuild ${TOOLS.esbuild}. Deno ${RUNTIMES.deno.version}. On Bun ${RUNTIMES.bun.version} the service runs, and one line says that nothing is recorded.`,
    '## Receivers',
    table(
      ['receiver', 'version', 'built from'],
      [
        [
          'OpenTelemetry Collector',
          goVersion('collector', 'go.opentelemetry.io/collector/otelcol'),
          'collector',
        ],
        ['Loki', goVersion('loki', 'github.com/grafana/loki/v3'), 'loki'],
      ].map(([name = '', version = '', folder = '']) => [
        name,
        version,
        `[test/stack/${folder}/go.mod](../test/stack/${folder}/go.mod)`,
      ]),
    ),
    '## Kubernetes',
    kubernetes(),
    '',
  ].join('\n\n');
}

function nodeTable(): string {
  const lanes = [...LANES, ...SPANS_INSIDE];
  const cell = (line: Line, node: string): string => {
    const count = lanes.filter((lane) => lane.line === line && lane.node === node).length;
    return count === 0 ? '–' : String(count);
  };
  return table(
    ['OpenTelemetry', ...FACTORS.node.map((node) => `Node ${node}`)],
    FACTORS.line.map((line) => [line, ...FACTORS.node.map((node) => cell(line, node))]),
  );
}

function agents(): string {
  return (['dd-trace', 'newrelic', 'sentry'] as const)
    .map((line) => {
      const name = line === 'sentry' ? '@sentry/node' : line;
      return `${name} ${DEPENDENCIES[line][name]}`;
    })
    .join(', ');
}

function vercel(): string {
  return (['next-14-otel', 'next-15-otel', 'next-16-otel'] as const)
    .map((line) => `Next.js ${DEPENDENCIES[line].next}`)
    .join(', ');
}

function laneVersion(framework: string): string {
  return DEPENDENCIES.none[framework] ?? '–';
}

function versionsOf({ dependencies, overrides = {} }: Framework): string {
  return list(
    Object.entries({ ...dependencies, ...overrides })
      .filter(([name]) => !/^(?:react|react-dom|reflect-metadata|rxjs|@hono\/otel)$/.test(name))
      .map(([name, version]) => `${name} ${version}`),
  );
}

/** Whether some route is known, in both ways. */
function routesOf({ rows, instrumentations }: Framework): string[] {
  const known = (route: (typeof rows)[number][2], way: 'without' | 'instrumented'): boolean =>
    (typeof route === 'object' ? route[way] : route) !== undefined;
  const packages = instrumentations.map(([name, version]) => `${name} ${version}`);
  const isKnown = rows.some(([, , route]) => known(route, 'instrumented'));
  const instrumented = packages.length > 0 && isKnown ? list(packages) : '–';
  return [rows.some(([, , route]) => known(route, 'without')) ? 'yes' : 'no', instrumented];
}

function examples(): string[][] {
  return (
    readdirSync(inRepo('examples'))
      .sort()
      // That for containers was started in none.
      .filter((name) => name !== 'docker' && existsSync(inRepo('examples', name, 'package.json')))
      .map((name): string[] => {
        const { dependencies } = readJson<{ dependencies: Versions }>(`examples/${name}/package.json`);
        const shown = Object.entries(dependencies).filter(([dependency]) => dependency !== 'otel-access-log');
        const versions = shown.map(([dependency, version]) => `${dependency} ${version}`);
        return [`[${name}](../examples/${name})`, versions.length === 0 ? '–' : list(versions)];
      })
  );
}

/** @throws Error where the module does not require it */
function goVersion(folder: string, module: string): string {
  const text = readFileSync(inRepo('test/stack', folder, 'go.mod'), 'utf8');
  const line = text.split('\n').find((one) => one.trim().startsWith(`${module} v`));
  if (line === undefined) throw new Error(`test/stack/${folder}/go.mod: ${module} expected`);
  return (
    line
      .trim()
      .split(/[ \t]+/)[1]
      ?.slice(1) ?? ''
  );
}

function kubernetes(): string {
  const { kubernetes: versions } = readJson<{ kubernetes: readonly string[] }>(KUBERNETES);
  return `Manifests are validated against the published schemas of Kubernetes ${list(versions)}; nothing was run in a cluster.`;
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(inRepo(file), 'utf8'));
}

function list(texts: readonly string[]): string {
  return texts.join(', ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
