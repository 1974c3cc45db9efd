import { type Variant, variantOf } from '../macro/variants.ts';
import { FRAMEWORKS, type RequestKind } from '../processes/application.ts';

/** An access log that is switched on and off, under requests of one kind. */
export interface Sliced {
  /** `ours`, `express:sdk-ours production`. */
  readonly id: string;
  readonly variant: Variant;
  readonly kind: RequestKind;
}

const SWITCH = ['--import', new URL('../processes/channel-switch.js', import.meta.url).href];
const REGISTER = 'otel-access-log/register';
const KINDS: readonly RequestKind[] = ['plain', 'production'];
const ALONE = ['ours', 'pino', 'morgan', 'otel'];
const BESIDE_SDK = ['sdk-ours', 'sdk-otel'];

/** What is measured, in the order of the report. */
// The generator of these requests speaks HTTP/1.
const SUBJECTS: readonly Sliced[] = FRAMEWORKS.filter((name) => name !== 'http2').flatMap((framework) => {
  const prefix = framework === 'http' ? '' : `${framework}:`;
  return [...ALONE, ...BESIDE_SDK].flatMap((log) => KINDS.map((kind) => subject(prefix + log, kind)));
});

/** @throws TypeError where there is no such variant */
export function subjectsOf(ids: readonly string[]): readonly Sliced[] {
  if (ids.length === 0) return SUBJECTS;
  return ids.flatMap((id) => KINDS.map((kind) => subject(id, kind)));
}

function subject(id: string, kind: RequestKind): Sliced {
  const variant = variantOf(id);
  const at = variant.nodeArgs.indexOf(REGISTER);
  const nodeArgs =
    at === -1
      ? variant.nodeArgs
      : [...variant.nodeArgs.slice(0, at - 1), ...SWITCH, ...variant.nodeArgs.slice(at - 1)];
  return {
    id: kind === 'plain' ? id : `${id} ${kind}`,
    variant: {
      ...variant,
      // The row that `the same` stands for in other tables is none of this one.
      title: variant.title.replace(/^the same \+ (.*)$/, '$1, on top of HttpInstrumentation'),
      nodeArgs,
      // The load generator and the proxies of the kind `production`.
      env: { ...variant.env, ACCESS_LOG_TRUSTED_PROXIES: 'loopback, uniquelocal, 10.0.0.0/8' },
    },
    kind,
  };
}
