import type { Run } from '../buffer/batch.ts';
import type { Slice } from '../buffer/chunk.ts';
import type { ScopeGroup } from '../buffer/scope-groups.ts';

/** The message of a pending batch; compared by identity. */
export interface PendingMessage {
  /**
   * The encoded message; where there are several parts, their concatenation. Each part is a view of a larger buffer:
   * copy it before it is posted to another thread, or the whole buffer is copied.
   */
  readonly parts: readonly Uint8Array[];
}

/**
 * The message with these records, without copying them: for each scope group a prefix, then its records. The prefix
 * is written into the headroom of a chunk where the records are the first ones of that chunk: both are one part then.
 */
export function messageOf(runs: readonly Run[]): readonly Uint8Array[] {
  const groups = new Map<ScopeGroup, Slice[]>();
  for (const { chunk, from, to } of runs) {
    for (const slice of chunk.slices(from, to)) {
      const group = groups.get(slice.group);
      if (group === undefined) groups.set(slice.group, [slice]);
      else group.push(slice);
    }
  }
  const parts: Uint8Array[] = [];
  for (const [group, slices] of groups) addGroup(parts, group, slices);
  return parts;
}

function addGroup(parts: Uint8Array[], group: ScopeGroup, slices: readonly Slice[]): void {
  const envelope = group.envelope();
  const length = slices.reduce((sum, { start, end }) => sum + end - start, 0);
  const prefixLength = envelope.prefixLength(length);
  for (const [index, { chunk, start, end }] of slices.entries()) {
    let from = start;
    if (index === 0) {
      if (start === chunk.start && prefixLength <= chunk.start && !chunk.wasRefused) {
        from -= prefixLength;
        envelope.writePrefix(chunk.bytes, from, length);
      } else {
        const prefix = Buffer.allocUnsafe(prefixLength);
        envelope.writePrefix(prefix, 0, length);
        parts.push(prefix);
      }
    }
    parts.push(chunk.bytes.subarray(from, end));
  }
}
