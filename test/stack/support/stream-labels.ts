// What the configuration files make streams of: in Loki, in VictoriaLogs, by hints of the Collector.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { inRepo } from '../../support/repo-root.ts';

/** Attributes that may make streams: few values, none of a process. The last one while a spool replays only. */
export const ALLOWED = [
  'service.name',
  'service.namespace',
  'deployment.environment.name',
  'access_log.replay',
];

export interface Finding {
  readonly where: string;
  /** The attributes, or why it cannot be said which they are. */
  readonly labels: readonly string[];
}

/** Every text file below these folders and files of the repository. */
export function textFiles(...paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    if (!statSync(inRepo(path)).isDirectory()) return [path];
    return readdirSync(inRepo(path)).flatMap((name) =>
      name === 'node_modules' ? [] : textFiles(join(path, name)),
    );
  });
}

export function readText(path: string): string {
  return readFileSync(inRepo(path), 'utf8');
}

/** The index labels of each configuration of Loki in a YAML text, also of one inside a string (a ConfigMap). */
export function lokiLabels(where: string, yaml: string): Finding[] {
  const found: Finding[] = [];
  const visit = (value: unknown): void => {
    if (typeof value === 'string') {
      if (/^\s*(limits_config|schema_config):/m.test(value)) found.push(...lokiLabels(where, value));
    } else if (typeof value === 'object' && value !== null) {
      if ('schema_config' in value || 'schemaConfig' in value) found.push({ where, labels: labelsOf(value) });
      for (const one of Object.values(value)) visit(one);
    }
  };
  for (const document of parseAllDocuments(yaml)) visit(document.toJS());
  return found;
}

interface Rule {
  readonly action: string;
  readonly attributes?: readonly string[];
  readonly regex?: string;
}

/** As Loki's `limits_config.otlp_config` has them. */
interface OtlpConfig {
  readonly resource_attributes?: {
    readonly ignore_defaults?: boolean;
    readonly attributes_config?: readonly Rule[];
  };
  readonly scope_attributes?: readonly Rule[];
  readonly log_attributes?: readonly Rule[];
}

function labelsOf(loki: object): string[] {
  const { limits_config, limitsConfig } = loki as Record<string, { otlp_config?: OtlpConfig } | undefined>;
  const otlp = (limits_config ?? limitsConfig)?.otlp_config;
  const resource = otlp?.resource_attributes;
  const rules = [
    ...(resource?.attributes_config ?? []),
    ...(otlp?.scope_attributes ?? []),
    ...(otlp?.log_attributes ?? []),
  ];
  const labels = rules
    .filter(({ action }) => action === 'index_label')
    .flatMap(({ attributes = [], regex }) => [...attributes, ...(regex === undefined ? [] : [regex])]);
  return resource?.ignore_defaults === true ? labels : ['the defaults of Loki', ...labels];
}

/** The fields that each `VL-Stream-Fields` in a text names. */
export function victoriaLabels(where: string, text: string): Finding[] {
  return [...text.matchAll(/VL-Stream-Fields["']?\s*[:=]\s*["']?([\w.,%-]+)/g)].map(([, fields = '']) => ({
    where,
    labels: decodeURIComponent(fields).split(','),
  }));
}

/** The labels that stream selectors of LogQL in a text have: there could be none without such a label. */
export function selectorLabels(where: string, text: string): Finding[] {
  const selectors = text.matchAll(/(?<![\w$}])\{\s*(\w+\s*(?:=~|!~|!=|=)\s*\\?"[^{}]*)\}/g);
  return [...selectors].map(([, matchers = '']) => ({
    where,
    labels: [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*\\?"/g)].map(([, name = '']) => name),
  }));
}
