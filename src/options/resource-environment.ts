import type { Attributes } from '@opentelemetry/api';
import { readDeclarativeFile } from './declarative/declarative-file.ts';
import { DeclarativeReader } from './declarative/declarative-reader.ts';
import { readDeclarativeResource } from './declarative/declarative-resource.ts';
import { misread } from './environment.ts';
import { type ReadFile, readRegularFile } from './file/read-file.ts';
import { parseAttributeList } from './resource/attribute-list.ts';
import { type Detection, readDetection } from './resource/detection.ts';

const SERVICE_NAME = 'service.name';

const ATTRIBUTES_VARIABLE = 'OTEL_RESOURCE_ATTRIBUTES';

/** `service.name` where it is not specified begins with this (semantic conventions, `service.name`). */
export const UNKNOWN_SERVICE = 'unknown_service';

/** What is set of the resource: by the standard variables, or by declarative configuration in their place. */
export interface ResourceEnvironment {
  /** The attributes that are set, without defaults. */
  readonly attributes: Attributes;
  /** What is to be found out beside them, where the application has no SDK. */
  readonly detection: Detection;
  /** One line for each value that is ignored; of a file none, for these are among those of the environment. */
  readonly warnings: readonly string[];
}

/**
 * Reads `OTEL_RESOURCE_ATTRIBUTES`, and `OTEL_SERVICE_NAME`, which comes before it (specification, resource/sdk.md
 * "Specifying resource information via an environment variable"), whatever `OTEL_NODE_RESOURCE_DETECTORS` says. A list
 * with a mistake in it is discarded as a whole, as the specification wants it. Where `OTEL_CONFIG_FILE` is set, its file
 * is read instead.
 */
export function readResourceEnvironment(
  env: NodeJS.ProcessEnv,
  readFile: ReadFile = readRegularFile,
): ResourceEnvironment {
  const file = readDeclarativeFile(env, readFile);
  if (file !== undefined) {
    const reader = new DeclarativeReader(file.name, file.isNewer);
    const { attributes, detection } = readDeclarativeResource(reader, file.root, env);
    return { attributes, detection, warnings: [] };
  }
  const { attributes, mistake } = parseAttributeList(env[ATTRIBUTES_VARIABLE] ?? '');
  const warnings: string[] = [];
  if (mistake !== undefined) {
    warnings.push(`${misread(ATTRIBUTES_VARIABLE, mistake.expected, mistake.given)}; all of it is ignored`);
  }
  const { OTEL_SERVICE_NAME: name = '' } = env;
  if (name.trim() !== '') attributes[SERVICE_NAME] = name;
  return { attributes, detection: readDetection(env, warnings), warnings };
}

/** `service.name` where it is not specified: `unknown_service:` and the name of the executable, without its path. */
export function unknownService(executable: string = process.argv0): string {
  return `${UNKNOWN_SERVICE}:${executable.split(/[\\/]/).at(-1)}`;
}
