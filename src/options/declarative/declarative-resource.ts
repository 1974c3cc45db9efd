import type { Attributes, AttributeValue } from '@opentelemetry/api';
import type { MappingTree, Tree } from '../file/document-tree.ts';
import { parseAttributeList } from '../resource/attribute-list.ts';
import type { Detection, DetectorName } from '../resource/detection.ts';
import type { DeclarativeReader } from './declarative-reader.ts';

/** What the file says of the resource. */
export interface DeclarativeResource {
  readonly attributes: Attributes;
  readonly detection: Detection;
  /** Whether the detector `service` is on, which reads `OTEL_SERVICE_NAME`. */
  readonly readsServiceName: boolean;
}

const RESOURCE_KEYS = ['attributes', 'attributes_list', 'detection/development', 'schema_url'] as const;
const TYPES = ['string', 'bool', 'int', 'double'] as const;

/** Detectors of the data model, as those of `OTEL_NODE_RESOURCE_DETECTORS`. */
const DETECTORS: Readonly<Record<string, readonly DetectorName[]>> = {
  container: ['container'],
  host: ['host', 'os'],
  process: ['process'],
  service: ['serviceinstance'],
};

/** Reads the part `resource`. Without `detection/development` nothing is detected. */
export function readDeclarativeResource(
  reader: DeclarativeReader,
  root: MappingTree | undefined,
  env: NodeJS.ProcessEnv,
): DeclarativeResource {
  const resource = reader.mapping(root, 'resource');
  reader.onlyKnown(resource, RESOURCE_KEYS);
  const section = reader.mapping(resource, 'detection/development');
  reader.onlyKnown(section, ['attributes', 'detectors']);
  const names = readDetectors(reader, section);
  const readsServiceName = names.includes('service');
  const { OTEL_SERVICE_NAME: serviceName = '' } = env;
  const attributes: Attributes = {
    ...(readsServiceName && serviceName.trim() !== '' ? { 'service.name': serviceName } : {}),
    ...readList(reader, resource),
    ...readAttributes(reader, resource),
  };
  const detectors = names.flatMap((name) => DETECTORS[name] ?? []);
  return { attributes, detection: { detectors, includes: readFilter(reader, section) }, readsServiceName };
}

function readDetectors(reader: DeclarativeReader, section: MappingTree | undefined): readonly string[] {
  return (reader.list(section, 'detectors')?.items ?? []).flatMap((item) => {
    const detector = reader.choice(item, 'detectors', 'detector by its name');
    if (detector === undefined) return [];
    if (Object.hasOwn(DETECTORS, detector.name)) return detector.name;
    reader.warn(detector.line, 'detectors', `one of them is not known here; it is ignored`);
    return [];
  });
}

/** A list with a mistake in it is discarded as a whole, as that of `OTEL_RESOURCE_ATTRIBUTES` is. */
function readList(reader: DeclarativeReader, resource: MappingTree | undefined): Attributes {
  const list = reader.text(resource, 'attributes_list');
  const { attributes, mistake } = parseAttributeList(list?.text ?? '');
  if (mistake !== undefined) {
    const line = resource?.entries.get('attributes_list')?.line ?? 0;
    const { expected, given } = mistake;
    reader.warn(line, 'attributes_list', `expected ${expected}, got ${given}; all of it is ignored`);
  }
  return attributes;
}

function readAttributes(reader: DeclarativeReader, resource: MappingTree | undefined): Attributes {
  const attributes: Attributes = {};
  for (const item of reader.list(resource, 'attributes')?.items ?? []) {
    const entry = reader.asMapping(item, 'attributes');
    if (entry === undefined) continue;
    reader.onlyKnown(entry, ['name', 'value', 'type']);
    const name = reader.text(entry, 'name')?.text;
    const given = entry.entries.get('value');
    if (name === undefined || given === undefined) {
      reader.expected(entry.line, 'attributes', 'name and value of an attribute', 'only one of them');
      continue;
    }
    const type = reader.word(entry, 'type', [...TYPES, ...TYPES.map((each) => `${each}_array` as const)]);
    // An entry without a value is ignored.
    if (given.kind === 'scalar' && given.value === null) continue;
    const value = attributeValue(given, type ?? 'string');
    if (value !== undefined) attributes[name] = value;
    else reader.expected(given.line, 'attributes', `a value of the type ${type ?? 'string'}`, 'another one');
  }
  return attributes;
}

function attributeValue(tree: Tree, type: string): AttributeValue | undefined {
  const one = type.replace(/_array$/, '');
  if (one === type) return scalarOf(tree, one);
  if (tree.kind !== 'list') return undefined;
  const values = tree.items.map((item) => scalarOf(item, one));
  return values.includes(undefined) ? undefined : (values as AttributeValue);
}

function scalarOf(tree: Tree, type: string): string | number | boolean | undefined {
  if (tree.kind !== 'scalar') return undefined;
  const { value, plain } = tree;
  switch (type) {
    case 'bool':
      return typeof value === 'boolean' ? value : undefined;
    case 'int':
      return Number.isSafeInteger(value) ? Number(value) : undefined;
    case 'double':
      return typeof value === 'number' ? value : undefined;
    default:
      // A version such as 1.10 is meant as it is written: a string is what an attribute without a type is.
      return typeof value === 'string' ? value : value === null ? undefined : plain;
  }
}

/** `included` and then `excluded`: names, with `*` and `?` in them. */
function readFilter(
  reader: DeclarativeReader,
  section: MappingTree | undefined,
): (attribute: string) => boolean {
  const filter = reader.mapping(section, 'attributes');
  reader.onlyKnown(filter, ['included', 'excluded']);
  const included = readPatterns(reader, filter, 'included');
  const excluded = readPatterns(reader, filter, 'excluded') ?? [];
  return (attribute) =>
    (included === undefined || included.some((pattern) => pattern.test(attribute))) &&
    !excluded.some((pattern) => pattern.test(attribute));
}

function readPatterns(
  reader: DeclarativeReader,
  filter: MappingTree | undefined,
  key: string,
): readonly RegExp[] | undefined {
  return reader.list(filter, key)?.items.flatMap((item) => {
    if (item.kind === 'scalar' && typeof item.value === 'string') return patternOf(item.value);
    reader.expected(item.line, key, 'names of attributes', 'something else');
    return [];
  });
}

function patternOf(text: string): RegExp {
  const source = text
    .replaceAll(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}
