import { overloadOptions } from '../groups/overload-options.ts';
import { samplingOptions } from '../groups/sampling-options.ts';
import type { Option } from '../option.ts';

const allOptions: typeof samplingOptions & typeof overloadOptions = {
  ...samplingOptions,
  ...overloadOptions,
};

/** The options that a rules file can set for an incident: those that say how much is recorded. */
export const runtimeOptions: Pick<typeof allOptions, RuntimeName> = {
  level: samplingOptions.level,
  rate: samplingOptions.rate,
  burst: samplingOptions.burst,
  errorRate: samplingOptions.errorRate,
  errorBurst: samplingOptions.errorBurst,
  rejectedRate: samplingOptions.rejectedRate,
  rejectedBurst: samplingOptions.rejectedBurst,
  ignore: samplingOptions.ignore,
  degrade: overloadOptions.degrade,
  share: overloadOptions.share,
  rollout: overloadOptions.rollout,
};

type RuntimeName =
  | 'level'
  | 'rate'
  | 'burst'
  | 'errorRate'
  | 'errorBurst'
  | 'rejectedRate'
  | 'rejectedBurst'
  | 'ignore'
  | 'degrade'
  | 'share'
  | 'rollout';

type ValueOf<O> = O extends Option<infer T> ? T : never;

/** Options of a rules file, which win over code, environment and configuration file; without a key where not given. */
export type RuntimeSettings = {
  readonly [Name in RuntimeName]?: ValueOf<(typeof allOptions)[Name]>;
};

/** The options with what a rules file sets, which wins wherever else they are set. */
export function withRuntime<T extends object>(options: T, runtime: RuntimeSettings): T {
  return { ...options, ...runtime };
}

/** Settings for people, one for each: `rate=50`; of a list only how long it is. */
export function showRuntime(runtime: RuntimeSettings): readonly string[] {
  return Object.entries(runtime).map(
    ([name, value]) => `${name}=${Array.isArray(value) ? value.length : value}`,
  );
}
