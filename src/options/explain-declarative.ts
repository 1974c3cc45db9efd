import { DECLARATIVE_VARIABLE, type DeclarativeFile } from './declarative/declarative-file.ts';
import { DeclarativeReader } from './declarative/declarative-reader.ts';
import { readDeclarativeResource } from './declarative/declarative-resource.ts';
import { readLogExporters } from './declarative/log-exporter.ts';
import { readOtlpExporter } from './declarative/otlp-exporter.ts';
import { noFindings } from './environment.ts';
import type { ExplainedVariable } from './explain.ts';
import type { MappingTree } from './file/document-tree.ts';
import { readRegularFile } from './file/read-file.ts';
import type { OtelEnvironment } from './otel-environment.ts';
import { showPath } from './path/shown-path.ts';

/**
 * The settings of a file of declarative configuration, each with its name in the file.
 *
 * @param otel what they were read as; defaults where the file cannot be used
 */
export function explainDeclarative(
  { path, name, root, isNewer }: DeclarativeFile,
  env: NodeJS.ProcessEnv,
  { sdkDisabled, logLevel, batch, logsExporter }: OtelEnvironment,
): readonly ExplainedVariable[] {
  const values: ExplainedVariable[] = [
    { variable: DECLARATIVE_VARIABLE, value: showPath(path), source: 'environment' },
  ];
  if (root === undefined) return values;
  /** Those that are not set are shown only where they have a default. */
  const add = (
    parent: MappingTree | undefined,
    prefix: string,
    key: string,
    value: string,
    otherwise = '',
  ): void => {
    const given = parent?.entries.get(key);
    const isSet = given !== undefined && !(given.kind === 'scalar' && (given.value ?? '') === '');
    if (isSet) values.push({ variable: `${prefix}${key}`, value, source: DECLARATIVE_VARIABLE });
    else if (otherwise !== '')
      values.push({ variable: `${prefix}${key}`, value: otherwise, source: 'default' });
  };
  // Its problems and warnings are told elsewhere.
  const reader = new DeclarativeReader(name, isNewer);
  add(root, '', 'disabled', String(sdkDisabled), 'false');
  add(root, '', 'log_level', logLevel, 'info');
  const { attributes, detection } = readDeclarativeResource(reader, root, env);
  for (const [attribute, value] of Object.entries(attributes))
    values.push({ variable: `resource ${attribute}`, value: String(value), source: DECLARATIVE_VARIABLE });
  if (detection.detectors.length > 0) {
    const value = detection.detectors.join(',');
    values.push({ variable: 'resource detectors', value, source: DECLARATIVE_VARIABLE });
  }
  const { otlp: exporter } = readLogExporters(reader, root);
  const kind = exporter?.kind ?? logsExporter;
  values.push({ variable: 'logger_provider exporter', value: kind, source: DECLARATIVE_VARIABLE });
  if (exporter === undefined) return values;
  const { settings } = exporter;
  const otlp = readOtlpExporter(reader, exporter, env, readRegularFile, noFindings());
  const { compression, endpoint, headers, protocol, timeoutMs } = otlp;
  const shown = endpoint || '(cannot be used)';
  add(settings, `${kind}.`, 'endpoint', shown, shown);
  if (kind === 'otlp_http') add(settings, 'otlp_http.', 'encoding', protocol, protocol);
  const headerNames = `${Object.keys(headers).join(', ')} (values not shown)`;
  for (const key of ['headers', 'headers_list']) add(settings, `${kind}.`, key, headerNames);
  add(settings, `${kind}.`, 'timeout', String(timeoutMs), String(timeoutMs));
  add(settings, `${kind}.`, 'compression', compression, compression);
  const tls = reader.mapping(settings, 'tls');
  for (const key of ['ca_file', 'cert_file', 'key_file'])
    add(tls, `${kind}.tls.`, key, showPath(reader.text(tls, key)?.text ?? ''));
  add(tls, `${kind}.tls.`, 'insecure', String(reader.boolean(tls, 'insecure')));
  add(exporter.batch, 'batch.', 'schedule_delay', String(batch.scheduleDelayMs), '1000');
  add(exporter.batch, 'batch.', 'export_timeout', String(batch.exportTimeoutMs), '30000');
  add(exporter.batch, 'batch.', 'max_queue_size', String(batch.maxQueueSize ?? 'the default'));
  add(exporter.batch, 'batch.', 'max_export_batch_size', String(batch.maxExportBatchSize ?? 'the default'));
  return values;
}
