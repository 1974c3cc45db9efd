// In which surroundings the packed package is tried: every possible pair of two values occurs in some lane.

export const FACTORS = {
  /** The Node that the application runs on. */
  node: ['20.20.2', '22.23.3', '24.21.0', '26.10.0'],
  /** The application's own OpenTelemetry packages: see `lines.ts`. */
  line: ['none', '2.0-traces', '2.0', '2.x', '3.x'],
  /** Who installed it, and how: yarn 1; yarn 4 with node_modules, and with Plug'n'Play. */
  layout: ['npm', 'pnpm', 'yarn1', 'yarn-nm', 'yarn-pnp'],
  /**
   * How the service runs. `cluster`: two processes of `node:cluster`. `in-worker`: the server in a worker thread.
   * `beside-worker`: a worker thread beside the server. `bundled`: application and framework in one file (esbuild).
   */
  run: ['plain', 'cluster', 'in-worker', 'beside-worker', 'bundled'],
  /** Where the application starts its SDK: in a preload before or after ours, in its own first line, nowhere. */
  start: ['none', 'earlier', 'later', 'in-app'],
  framework: ['express', 'fastify'],
  /** `esm-hook`: the SDK registers the loader hook of `@opentelemetry/instrumentation`. */
  modules: ['cjs', 'esm', 'esm-hook'],
  /** How `otel-access-log/register` is loaded. */
  preload: ['--import', '--require', 'NODE_OPTIONS'],
  /** `on`: parentbased_always_on. */
  sampler: ['on', 'off'],
  protocol: ['grpc', 'http/protobuf'],
  /** `handled`: the application closes its server at SIGTERM, and ends when nothing is left to do. */
  sigterm: ['default', 'handled'],
} as const;

type Factors = typeof FACTORS;
export type Factor = keyof Factors;
export type Lane = { readonly [F in Factor]: Factors[F][number] } & {
  /** The application makes its server spans itself, inside the handler; else an instrumentation does, around it. */
  readonly spans?: 'inside';
};
export type Line = Lane['line'];
export type Layout = Lane['layout'];

const HEAD = Object.keys(FACTORS) as Factor[];

/** What no application can be, and why. The pairs among these are listed in the test. */
const IMPOSSIBLE: readonly (readonly [why: string, isSo: (lane: Lane) => boolean])[] = [
  [
    'OpenTelemetry 3.x runs on Node 22.15 and later',
    ({ node, line }) => node === '20.20.2' && line === '3.x',
  ],
  ['an SDK needs its packages', ({ line, start }) => line === 'none' && start !== 'none'],
  [
    'only an SDK has a sampler, and registers a loader hook',
    ({ start, modules, sampler }) => start === 'none' && (modules === 'esm-hook' || sampler === 'off'),
  ],
  [
    'Node 22 gives a CommonJS module that an ES module imports under a loader no `require.cache`, and no SDK goes without',
    ({ node, layout, start, modules }) =>
      node === '22.23.3' && layout === 'yarn-pnp' && start !== 'none' && modules !== 'cjs',
  ],
  [
    "what is required runs in the thread of loader hooks too, where a hook that it registers under Plug'n'Play ends all",
    ({ layout, start, modules, preload }) =>
      layout === 'yarn-pnp' && start === 'earlier' && modules === 'esm-hook' && preload === '--require',
  ],
];

/** The few that `npm test` runs: as different from each other as can be. */
export const REPRESENTATIVE: readonly Lane[] = lanesOf(`
  20.20.2  none        npm       plain          none     express  esm       --import      on   http/protobuf  default
  22.23.3  2.x         npm       plain          earlier  express  esm-hook  --require     on   grpc           handled
  26.10.0  3.x         pnpm      cluster        later    fastify  esm       NODE_OPTIONS  off  http/protobuf  default
  24.21.0  2.0-traces  yarn-pnp  in-worker      in-app   express  cjs       --import      on   grpc           handled
  24.21.0  2.0         yarn1     bundled        earlier  fastify  cjs       NODE_OPTIONS  on   http/protobuf  default
`);

// The way of the Kubernetes Operator; a loader hook of an earlier `--import`, which sees our own modules; a hook that
// is registered after we were required; processes that end by `process.exit()` where packages are not in folders;
// exports beside instrumentations that use another copy of the API; what is required where Node 20 resolves no import.
const SPECIAL = lanesOf(`
  22.23.3  2.x         npm       plain          earlier  express  cjs       --require     on   grpc           handled
  24.21.0  3.x         npm       plain          earlier  express  esm-hook  --import      on   grpc           default
  22.23.3  3.x         npm       plain          in-app   fastify  esm-hook  --require     on   grpc           handled
  20.20.2  none        yarn-pnp  cluster        none     express  cjs       NODE_OPTIONS  on   grpc           default
  20.20.2  2.0-traces  yarn1     plain          earlier  express  cjs       --require     on   http/protobuf  default
  20.20.2  2.x         yarn-pnp  plain          later    express  cjs       --require     on   grpc           default
`);

// For the pairs that are left.
const OTHERS = lanesOf(`
  20.20.2  2.0         pnpm      in-worker      in-app   express  esm-hook  --require     off  grpc           default
  20.20.2  2.0         pnpm      in-worker      later    express  esm       --require     off  grpc           handled
  20.20.2  2.0-traces  yarn-nm   cluster        earlier  fastify  cjs       --import      on   grpc           default
  20.20.2  2.0-traces  yarn-pnp  bundled        later    fastify  esm-hook  NODE_OPTIONS  off  http/protobuf  handled
  20.20.2  2.x         yarn-pnp  beside-worker  none     express  cjs       --import      on   grpc           handled
  20.20.2  2.x         yarn1     cluster        in-app   fastify  esm-hook  NODE_OPTIONS  on   http/protobuf  handled
  22.23.3  2.0         npm       cluster        later    express  esm-hook  --require     on   grpc           default
  22.23.3  2.0-traces  pnpm      bundled        none     express  cjs       --import      on   http/protobuf  handled
  22.23.3  2.x         yarn-nm   in-worker      in-app   fastify  esm       NODE_OPTIONS  off  http/protobuf  default
  22.23.3  3.x         yarn-pnp  plain          earlier  express  cjs       NODE_OPTIONS  off  http/protobuf  default
  22.23.3  3.x         yarn1     beside-worker  in-app   fastify  esm-hook  --require     on   grpc           handled
  22.23.3  none        yarn-nm   bundled        none     express  cjs       --require     on   grpc           handled
  24.21.0  2.0         pnpm      plain          earlier  fastify  esm-hook  NODE_OPTIONS  on   http/protobuf  default
  24.21.0  2.0         yarn-nm   plain          none     express  cjs       --import      on   grpc           default
  24.21.0  2.x         npm       bundled        in-app   fastify  esm       --require     off  grpc           handled
  24.21.0  2.x         yarn1     cluster        later    fastify  cjs       --import      off  grpc           handled
  24.21.0  3.x         npm       in-worker      earlier  fastify  esm-hook  NODE_OPTIONS  on   http/protobuf  handled
  24.21.0  none        pnpm      beside-worker  none     fastify  esm       --require     on   grpc           handled
  26.10.0  2.0         yarn-nm   beside-worker  later    express  esm-hook  --import      off  grpc           handled
  26.10.0  2.0         yarn-pnp  plain          later    fastify  esm       --require     on   http/protobuf  handled
  26.10.0  2.0-traces  npm       beside-worker  earlier  fastify  esm       NODE_OPTIONS  off  http/protobuf  default
  26.10.0  2.x         pnpm      bundled        in-app   fastify  esm       --import      on   grpc           handled
  26.10.0  3.x         yarn-nm   bundled        none     express  cjs       --require     on   grpc           default
  26.10.0  none        yarn1     in-worker      none     express  esm       --require     on   grpc           default
`);

/** Not of the table: where spans begin makes no difference to the rest of it. */
export const SPANS_INSIDE: readonly Lane[] = lanesOf(`
  20.20.2  2.0-traces  npm       plain          in-app   express  cjs       --import      on   http/protobuf  default
  22.23.3  2.x         npm       plain          later    fastify  esm       --require     on   grpc           handled
  24.21.0  3.x         npm       cluster        earlier  express  esm       NODE_OPTIONS  on   http/protobuf  default
  26.10.0  3.x         npm       plain          in-app   fastify  cjs       --import      off  grpc           default
`).map((lane) => ({ ...lane, spans: 'inside' }));

/** Every lane, those of `npm test` included. */
export const LANES: readonly Lane[] = [...REPRESENTATIVE, ...SPECIAL, ...OTHERS];

/** One lane a line: a value of each factor, in their order. */
function lanesOf(rows: string): Lane[] {
  return rows
    .trim()
    .split('\n')
    .map((row) => {
      const values = row.trim().split(/ +/);
      return Object.fromEntries(
        HEAD.map((factor, index) => [factor, valueFor(factor, values[index])]),
      ) as Lane;
    });
}

function valueFor(factor: Factor, text: string | undefined): string {
  const value = FACTORS[factor].find((one) => one === text);
  if (value === undefined) throw new Error(`a lane's ${factor} is none of its values: ${text}`);
  return value;
}

/** Whether there is such an application. */
export function isPossible(lane: Lane): boolean {
  return !IMPOSSIBLE.some(([, isSo]) => isSo(lane));
}

export function laneName(lane: Lane): string {
  const { node, line, layout, run, start, framework, modules, preload, sampler, protocol, sigterm } = lane;
  const sdk = start === 'none' ? 'no SDK' : `SDK ${start}, sampler ${sampler}`;
  const inside = lane.spans === 'inside' ? ', spans begin inside' : '';
  return `Node ${node}, OpenTelemetry ${line}, ${layout}, ${run}, ${sdk}, ${framework} ${modules}, ${preload}, ${protocol}, SIGTERM ${sigterm}${inside}`;
}
