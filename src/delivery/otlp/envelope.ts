import type { InstrumentationScope } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { Envelope, EnvelopeHeads } from '../buffer/encoder.ts';
import { writeAttributes } from './any-value.ts';
import { ByteWriter } from './byte-writer.ts';
import { EXPORT_LOGS_REQUEST, RESOURCE, RESOURCE_LOGS, SCOPE, SCOPE_LOGS, sizeOfVarint } from './tags.ts';

const FIRST_SIZE = 4096;
/** No receiver accepts a request whose resource alone is longer. */
const MAX_SIZE = 1 << 20;

/** The scope of a logger, which may have attributes as those of the SDK have. */
type Scope = InstrumentationScope & {
  readonly attributes?: object;
  readonly droppedAttributesCount?: number;
};

/**
 * Turns records of one resource and scope into an `ExportLogsServiceRequest`. All that is added stands before them, so
 * the records need not be moved. Several such messages in a row are one valid message.
 *
 * Attributes of a resource that are still being detected are left out until they are known.
 */
export class OtlpEnvelope implements Envelope {
  readonly #resource: Resource;
  readonly #scope: Scope;
  #heads: EnvelopeHeads | undefined;
  #isComplete = false;

  constructor(resource: Resource, scope: Scope) {
    this.#resource = resource;
    this.#scope = scope;
  }

  /** @param recordsLength bytes of the entries of `log_records` that will follow */
  prefixLength(recordsLength: number): number {
    return prefixLength(this.heads(), recordsLength);
  }

  /**
   * Writes what stands before the records: as many bytes as the last call of {@link prefixLength} returned.
   *
   * @throws RangeError where they do not fit
   */
  writePrefix(into: Buffer, at: number, recordsLength: number): void {
    writePrefix(this.#heads ?? this.heads(), into, at, recordsLength);
  }

  /** Once nothing of the resource is looked for any more, the same each time. */
  heads(): EnvelopeHeads {
    if (this.#heads === undefined || !this.#isComplete) {
      const isPending = this.#resource.asyncAttributesPending === true;
      this.#heads = {
        resourceLogs: headOfResource(this.#resource, isPending),
        scopeLogs: headOfScope(this.#scope),
      };
      this.#isComplete = !isPending;
    }
    return this.#heads;
  }
}

/** The envelope of records that were encoded before, perhaps by another process. */
export class StoredEnvelope implements Envelope {
  readonly #heads: EnvelopeHeads;

  constructor(heads: EnvelopeHeads) {
    this.#heads = heads;
  }

  heads(): EnvelopeHeads {
    return this.#heads;
  }

  prefixLength(recordsLength: number): number {
    return prefixLength(this.#heads, recordsLength);
  }

  writePrefix(into: Buffer, at: number, recordsLength: number): void {
    writePrefix(this.#heads, into, at, recordsLength);
  }
}

function prefixLength({ resourceLogs, scopeLogs }: EnvelopeHeads, recordsLength: number): number {
  const inner = scopeLogs.length + recordsLength;
  const outer = resourceLogs.length + 1 + sizeOfVarint(inner) + inner;
  return 1 + sizeOfVarint(outer) + outer - recordsLength;
}

function writePrefix(
  { resourceLogs, scopeLogs }: EnvelopeHeads,
  into: Buffer,
  at: number,
  recordsLength: number,
): void {
  const inner = scopeLogs.length + recordsLength;
  const writer = new ByteWriter();
  writer.bytes = into;
  writer.at = at;
  writer.end = into.length;
  writer.byte(EXPORT_LOGS_REQUEST.resourceLogs);
  writer.varint(resourceLogs.length + 1 + sizeOfVarint(inner) + inner);
  writer.raw(resourceLogs);
  writer.byte(RESOURCE_LOGS.scopeLogs);
  writer.varint(inner);
  writer.raw(scopeLogs);
  if (writer.overflow) throw new RangeError('Expected room for the prefix');
}

function headOfResource(resource: Resource, isPending: boolean): Uint8Array {
  return encoded((writer) => {
    writer.byte(RESOURCE_LOGS.resource);
    const start = writer.open(2);
    // `attributes` reports an error to the SDK while some are still looked for.
    const attributes = isPending ? settledAttributes(resource) : resource.attributes;
    writeAttributes(writer, RESOURCE.attributes, attributes);
    writer.close(start, 2);
    writeText(writer, RESOURCE_LOGS.schemaUrl, resource.schemaUrl);
  });
}

/** Of several values of a name the first one counts, as for the SDK. */
function settledAttributes(resource: Resource): object {
  const settled: Record<string, unknown> = {};
  for (const [name, value] of resource.getRawAttributes()) {
    if (value === undefined || value === null || (typeof value === 'object' && 'then' in value)) continue;
    settled[name] ??= value;
  }
  return settled;
}

function headOfScope(scope: Scope): Uint8Array {
  return encoded((writer) => {
    writer.byte(SCOPE_LOGS.scope);
    const start = writer.open(1);
    writeText(writer, SCOPE.name, scope.name);
    writeText(writer, SCOPE.version, scope.version);
    if (scope.attributes !== undefined) writeAttributes(writer, SCOPE.attributes, scope.attributes);
    if (scope.droppedAttributesCount) {
      writer.byte(SCOPE.droppedAttributesCount);
      writer.varint(scope.droppedAttributesCount);
    }
    writer.close(start, 1);
    writeText(writer, SCOPE_LOGS.schemaUrl, scope.schemaUrl);
  });
}

function writeText(writer: ByteWriter, tag: number, text: string | undefined): void {
  if (text === undefined || text === '') return;
  writer.byte(tag);
  writer.text(text);
}

/** What `write` writes, however long; nothing where that is more than any receiver takes. */
function encoded(write: (writer: ByteWriter) => void): Uint8Array {
  for (let size = FIRST_SIZE; size <= MAX_SIZE; size *= 2) {
    const writer = new ByteWriter();
    writer.bytes = Buffer.alloc(size);
    writer.end = size;
    write(writer);
    if (!writer.overflow) return new Uint8Array(writer.bytes.subarray(0, writer.at));
  }
  return new Uint8Array(0);
}
