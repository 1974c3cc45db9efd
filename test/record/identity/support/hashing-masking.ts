import { createHash } from 'node:crypto';
import { DEFAULT_MASKING } from '../../../../src/record/masking/default-masking.ts';
import type { Masking } from '../../../../src/record/masking/masking.ts';

/** A hash in the form of {@link Masking.hash}. */
export function hashOf(namespace: string, value: string): string {
  const digest = createHash('sha256').update(`${namespace}\0${value}`).digest('base64url');
  return `0a1b:${digest.slice(0, 22)}`;
}

/** A masking that has a key; and what a test wants to be different. */
export function hashingMasking(overrides: Partial<Masking> = {}): Masking {
  return { ...DEFAULT_MASKING, canHash: true, hash: hashOf, ...overrides };
}
