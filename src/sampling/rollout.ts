import { createHash } from 'node:crypto';
import type { Rollout } from '../options/groups/overload-options.ts';
import type { SampledExchange } from '../record/sampled-exchange.ts';
import { WARN } from '../record/severity.ts';

/** Words of 32 bits, by which trace ids are hashed. */
type HashKey = readonly [number, number, number, number];

/** Which exchanges take part, compiled. */
export type CompiledRollout =
  | { readonly kind: 'all' | 'shadow' | 'sampled' }
  | {
      readonly kind: 'percentage';
      /** Below these an id is left out: the upper and the lower 28 bits of the threshold. */
      readonly high: number;
      readonly low: number;
      readonly key: HashKey;
      /** Whether ids of trusted peers are hashed too. */
      readonly hashesAll: boolean;
    };

const HALF = 2 ** 28;

/**
 * @param seed with one every trace id is hashed, since services that trust their peers must choose the same traces as
 *   those that do not; without one only those of peers that are not trusted
 */
export function compileRollout(rollout: Rollout, seed: string): CompiledRollout {
  if (rollout === 'shadow' || rollout === 'sampled') return { kind: rollout };
  if (rollout >= 100) return { kind: 'all' };
  // OpenTelemetry's T = (1 - p)·2^56: an id is kept from T on (specification, tracestate-probability-sampling).
  const threshold = (1 - rollout / 100) * HALF;
  const high = Math.floor(threshold);
  const low = Math.floor((threshold - high) * HALF);
  const digest = createHash('sha256').update(seed).digest();
  const word = (at: number): number => digest.readInt32LE(4 * at);
  return { kind: 'percentage', high, low, key: [word(0), word(1), word(2), word(3)], hashesAll: seed !== '' };
}

/**
 * Whether an exchange takes part: by its trace, so that every service has the same ones. Errors and WARN always do:
 * clients choose trace ids, and must not hide by that.
 */
export function isRolledOut(rollout: CompiledRollout, exchange: SampledExchange): boolean {
  if (rollout.kind === 'all' || exchange.isError || exchange.severityNumber >= WARN.number) return true;
  if (exchange.isCanary) return true;
  if (rollout.kind !== 'percentage') return rollout.kind === 'sampled' && exchange.isSampled;
  const { traceId } = exchange;
  if (traceId === undefined) return isAbove(rollout, randomHalf(), randomHalf());
  if (rollout.hashesAll || !exchange.isPeerTrusted) {
    hash(traceId, rollout.key);
    return isAbove(rollout, hashed0 >>> 4, hashed1 >>> 4);
  }
  const { traceRandomness } = exchange;
  if (traceRandomness !== undefined)
    return isAbove(rollout, digits(traceRandomness, 0, 7), digits(traceRandomness, 7, 14));
  return isAbove(rollout, digits(traceId, 18, 25), digits(traceId, 25, 32));
}

function isAbove(
  { high, low }: { readonly high: number; readonly low: number },
  h: number,
  l: number,
): boolean {
  return h > high || (h === high && l >= low);
}

function randomHalf(): number {
  return Math.floor(Math.random() * HALF);
}

/** Values of the characters of hexadecimal digits. */
const NIBBLES: Uint8Array = new Uint8Array(128);
for (let value = 0; value < 16; value += 1) {
  NIBBLES[value.toString(16).charCodeAt(0)] = value;
  NIBBLES[value.toString(16).toUpperCase().charCodeAt(0)] = value;
}

/** Up to eight digits as a number without a sign. */
function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at += 1) value = (value << 4) | (NIBBLES[text.charCodeAt(at) & 127] ?? 0);
  return value >>> 0;
}

// HalfSipHash-2-4 with 64 bits of result (Aumasson, Bernstein 2012), over the 16 bytes of a trace id; the state is here
// since an object for each exchange would be garbage.
let v0 = 0;
let v1 = 0;
let v2 = 0;
let v3 = 0;
let hashed0 = 0;
let hashed1 = 0;

function round(): void {
  v0 = (v0 + v1) | 0;
  v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
  v0 = (v0 << 16) | (v0 >>> 16);
  v2 = (v2 + v3) | 0;
  v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
  v0 = (v0 + v3) | 0;
  v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
  v2 = (v2 + v1) | 0;
  v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
  v2 = (v2 << 16) | (v2 >>> 16);
}

function hash(traceId: string, [key0, key1, key2, key3]: HashKey): void {
  v0 = key0;
  v1 = key1 ^ 0xee;
  v2 = key2 ^ 0x6c79_6765;
  v3 = key3 ^ 0x7465_6462;
  for (let at = 0; at <= 32; at += 8) {
    const word = at < 32 ? digits(traceId, at, at + 8) : 16 << 24;
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
  v2 ^= 0xee;
  for (let count = 0; count < 4; count += 1) round();
  hashed0 = v1 ^ v3;
  v1 ^= 0xdd;
  for (let count = 0; count < 4; count += 1) round();
  hashed1 = v1 ^ v3;
}
