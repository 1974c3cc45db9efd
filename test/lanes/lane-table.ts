// In which surroundings the packed package is tried: every possible pair of two values occurs in some lane.

export const FACTORS = {
  /** The Node that the application runs on. */
  node: ['20.20.2', '22.23.3', '24.21.0'],
  /** The application's own OpenTelemetry packages. */
  line: ['none', '2.x', '3.x'],
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
export type Lane = { readonly [F in Factor]: Factors[F][number] };
export type Line = Lane['line'];

type Row = readonly [
  Lane['node'],
  Lane['line'],
  Lane['start'],
  Lane['framework'],
  Lane['modules'],
  Lane['preload'],
  Lane['sampler'],
  Lane['protocol'],
  Lane['sigterm'],
];

const ROWS: readonly Row[] = [
  ['20.20.2', 'none', 'none', 'express', 'esm', '--import', 'on', 'http/protobuf', 'default'],
  ['22.23.3', 'none', 'none', 'fastify', 'esm', '--require', 'on', 'http/protobuf', 'default'],
  ['24.21.0', 'none', 'none', 'fastify', 'cjs', 'NODE_OPTIONS', 'on', 'grpc', 'handled'],
  ['24.21.0', '2.x', 'none', 'fastify', 'esm', '--import', 'on', 'http/protobuf', 'default'],
  ['22.23.3', '3.x', 'none', 'express', 'esm', '--import', 'on', 'http/protobuf', 'default'],
  ['22.23.3', '2.x', 'earlier', 'express', 'esm', 'NODE_OPTIONS', 'off', 'http/protobuf', 'default'],
  ['20.20.2', '2.x', 'earlier', 'fastify', 'esm-hook', '--require', 'on', 'grpc', 'handled'],
  ['24.21.0', '3.x', 'earlier', 'express', 'cjs', '--import', 'off', 'grpc', 'handled'],
  ['20.20.2', '2.x', 'later', 'fastify', 'esm-hook', '--import', 'off', 'grpc', 'handled'],
  ['22.23.3', '2.x', 'later', 'fastify', 'cjs', '--require', 'on', 'http/protobuf', 'default'],
  ['24.21.0', '3.x', 'later', 'express', 'esm', 'NODE_OPTIONS', 'off', 'http/protobuf', 'handled'],
  ['20.20.2', '2.x', 'in-app', 'express', 'cjs', 'NODE_OPTIONS', 'on', 'grpc', 'default'],
  ['22.23.3', '2.x', 'in-app', 'fastify', 'esm-hook', '--import', 'on', 'grpc', 'handled'],
  ['24.21.0', '2.x', 'in-app', 'fastify', 'esm-hook', 'NODE_OPTIONS', 'on', 'grpc', 'handled'],
  ['22.23.3', '3.x', 'in-app', 'fastify', 'esm', '--require', 'off', 'grpc', 'handled'],
  ['24.21.0', '3.x', 'in-app', 'express', 'esm-hook', '--require', 'on', 'http/protobuf', 'default'],
  // Not for a pair. The loader hook sees our own modules only where an earlier `--import` registered it.
  ['24.21.0', '3.x', 'earlier', 'express', 'esm-hook', '--import', 'on', 'grpc', 'default'],
  // Not for a pair. The way of the Kubernetes Operator.
  ['22.23.3', '2.x', 'earlier', 'express', 'cjs', '--require', 'on', 'grpc', 'handled'],
];

export const LANES: readonly Lane[] = ROWS.map(
  ([node, line, start, framework, modules, preload, sampler, protocol, sigterm]) => ({
    node,
    line,
    start,
    framework,
    modules,
    preload,
    sampler,
    protocol,
    sigterm,
  }),
);

/** Whether there is such an application. */
export function isPossible({ node, line, start, modules, sampler }: Lane): boolean {
  if (line === '3.x' && node === '20.20.2') return false;
  if (line === 'none' && start !== 'none') return false;
  return start !== 'none' || (modules !== 'esm-hook' && sampler === 'on');
}

export function laneName(lane: Lane): string {
  const { node, line, start, framework, modules, preload, sampler, protocol, sigterm } = lane;
  const sdk = start === 'none' ? 'no SDK' : `SDK ${start}, sampler ${sampler}`;
  return `Node ${node}, OpenTelemetry ${line}, ${sdk}, ${framework} ${modules}, ${preload}, ${protocol}, SIGTERM ${sigterm}`;
}
