import type { MappingTree } from '../file/document-tree.ts';
import type { DeclarativeReader } from './declarative-reader.ts';

/** The exporter of `logger_provider` that records go to. */
export interface LogExporter {
  readonly kind: 'otlp_http' | 'otlp_grpc';
  /** Line of its name. */
  readonly line: number;
  /** `undefined` where it has none, so that all have their defaults. */
  readonly settings: MappingTree | undefined;
  /** The batch processor before it; `undefined` where it is a simple one. */
  readonly batch: MappingTree | undefined;
}

export interface LogExporters {
  /** The first one over OTLP. */
  readonly otlp: LogExporter | undefined;
  readonly hasConsole: boolean;
}

const PROVIDER_KEYS = ['processors', 'limits', 'logger_configurator/development'] as const;
const BATCH_KEYS: readonly string[] = [
  ...['schedule_delay', 'export_timeout', 'max_queue_size', 'max_export_batch_size', 'exporter'],
];

/** Finds the exporters in `logger_provider`. Any processor but batch and simple is a plugin. */
export function readLogExporters(reader: DeclarativeReader, root: MappingTree): LogExporters {
  const provider = reader.mapping(root, 'logger_provider');
  reader.onlyKnown(provider, PROVIDER_KEYS);
  const found: LogExporter[] = [];
  let hasConsole = false;
  for (const item of reader.list(provider, 'processors')?.items ?? []) {
    const processor = reader.choice(item, 'processors', 'processor by its name');
    if (processor?.name !== 'batch' && processor?.name !== 'simple') continue;
    const isBatch = processor.name === 'batch';
    reader.onlyKnown(processor.settings, isBatch ? BATCH_KEYS : ['exporter']);
    const given = processor.settings?.entries.get('exporter');
    if (given === undefined) {
      reader.expected(processor.line, processor.name, 'an exporter', 'nothing');
      continue;
    }
    const exporter = reader.choice(given, 'exporter', 'exporter by its name');
    if (exporter === undefined) continue;
    const { name: kind, line, settings } = exporter;
    if (kind === 'console') hasConsole = true;
    if (kind !== 'otlp_http' && kind !== 'otlp_grpc') continue;
    found.push({ kind, line, settings, batch: isBatch ? processor.settings : undefined });
  }
  const [otlp, another] = found;
  if (otlp !== undefined && another !== undefined) {
    reader.warn(
      another.line,
      another.kind,
      `access log records go to the first OTLP exporter only, line ${otlp.line}`,
    );
  }
  return { otlp, hasConsole };
}
