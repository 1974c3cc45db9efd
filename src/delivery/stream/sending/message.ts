import type { Run } from '../buffer/batch.ts';
import type { Slice } from '../buffer/chunk.ts';
import type { ScopeGroup } from '../buffer/scope-groups.ts';

/**
 * The message with these records, without copying them: for each group what stands before its records, then all of
 * them. Where the first ones begin their chunk, both are one part.
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
