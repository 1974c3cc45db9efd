// What `docker/` says, read once, for the tests that compare its files with each other.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { inRepo } from '../../support/repo-root.ts';

export interface ComposeService {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>;
}

export interface Compose {
  readonly name: string;
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

export function readYaml<T>(...path: readonly string[]): T {
  return parse(readFileSync(inRepo(...path), 'utf8'), { merge: true });
}

export function readCompose(): Compose {
  return readYaml('docker', 'compose.yaml');
}

export function serviceOf(compose: Compose, name: string): ComposeService {
  const service = compose.services[name];
  if (service === undefined) throw new Error(`no service ${name} in docker/compose.yaml`);
  return service;
}

export interface DataSource {
  readonly name: string;
  readonly uid: string;
  readonly type: string;
  readonly url: string;
  readonly jsonData: {
    readonly httpHeaderName1?: string;
    readonly derivedFields?: readonly Readonly<Record<string, string>>[];
    readonly tracesToLogsV2?: {
      readonly datasourceUid: string;
      readonly spanStartTimeShift: string;
      readonly spanEndTimeShift: string;
      readonly tags: readonly { readonly key: string; readonly value: string }[];
      readonly query: string;
    };
  };
  readonly secureJsonData?: Readonly<Record<string, string>>;
}

export function readDataSources(): readonly DataSource[] {
  const file = ['docker', 'grafana', 'provisioning', 'datasources', 'datasources.yaml'];
  return readYaml<{ datasources: readonly DataSource[] }>(...file).datasources;
}

/** Instructions of docker/Dockerfile with their arguments; continued lines are one. */
export function readDockerfile(): readonly { readonly keyword: string; readonly rest: string }[] {
  return readFileSync(inRepo('docker', 'Dockerfile'), 'utf8')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .flatMap((line) => {
      const [, keyword, rest] = /^([A-Z]+) +(.*)$/.exec(line) ?? [];
      return keyword && rest ? [{ keyword, rest }] : [];
    });
}

/** The command by which the image starts the service. */
export function commandOfImage(): readonly string[] {
  const command = readDockerfile().findLast(({ keyword }) => keyword === 'CMD');
  return JSON.parse(command?.rest ?? '[]');
}
