import { firstSet, misread } from '../environment.ts';
import { showGiven } from '../options-error.ts';
import { splitList } from '../values/values.ts';

/** Names of resource detectors, as `OTEL_NODE_RESOURCE_DETECTORS` of the SDK for Node.js has them. */
const DETECTORS = ['env', 'host', 'os', 'process', 'serviceinstance', 'container'] as const;

export type DetectorName = (typeof DETECTORS)[number];

/** Detectors of auto-instrumentations-node for clouds, which the access log does not have. */
const OF_CLOUDS: readonly string[] = ['alibaba', 'aws', 'azure', 'gcp'];

const VARIABLE = 'OTEL_NODE_RESOURCE_DETECTORS';

/** What is looked for on behalf of the resource, where the application has no SDK. */
export interface Detection {
  readonly detectors: readonly DetectorName[];
  /** Whether an attribute that was found is taken. */
  readonly includes: (attribute: string) => boolean;
}

/**
 * Without the variable: what tells one place from another, and nothing of the process. Loki copies each attribute of a
 * resource to each line.
 */
const DEFAULT: Detection = {
  detectors: ['env', 'host', 'container'],
  includes: (attribute) => !/^host\.(?!name$)/.test(attribute),
};

/** Reads `OTEL_NODE_RESOURCE_DETECTORS`. @param warnings gets one line for each name that is not known */
export function readDetection(env: NodeJS.ProcessEnv, warnings: string[]): Detection {
  const variable = firstSet(env, VARIABLE);
  if (variable === undefined) return DEFAULT;
  const names = splitList(variable.text);
  const includes = (): boolean => true;
  if (names.includes('all')) return { detectors: DETECTORS, includes };
  if (names.includes('none')) return { detectors: [], includes };
  for (const name of names) {
    if (OF_CLOUDS.includes(name) || DETECTORS.some((known) => known === name)) continue;
    const expected = `all, none, ${DETECTORS.join(', ')}`;
    warnings.push(`${misread(VARIABLE, expected, showGiven(name))}; it is ignored`);
  }
  return { detectors: DETECTORS.filter((known) => names.includes(known)), includes };
}
