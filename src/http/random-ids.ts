import { randomFillSync } from 'node:crypto';
import { type SpanContext, TraceFlags } from '@opentelemetry/api';

// Drawing random bytes one id at a time costs more than all the rest of an id.
const pool: Int32Array = new Int32Array(4096);
let used: number = pool.length;

/** For the first part of an id, which must not be all zeroes (W3C Trace Context, section 3.2.2.3). */
function drawNonZero(): number {
  for (;;) {
    const number = draw();
    if (number !== 0) return number;
  }
}

function draw(): number {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return pool[used++] ?? 0;
}

/**
 * A new trace and a new span in it, as the numbers of 32 bits that they are made of, the first digits first. As text
 * only where somebody wants that: making and reading it takes longer than everything else about an id.
 */
export class RandomIds {
  readonly trace0: number = drawNonZero();
  readonly trace1: number = draw();
  readonly trace2: number = draw();
  readonly trace3: number = draw();
  readonly span0: number = drawNonZero();
  readonly span1: number = draw();
  /** A new trace is marked as sampled, as the default sampler of every SDK (parentbased_always_on) does. */
  readonly traceFlags: number = TraceFlags.SAMPLED;

  static draw(): RandomIds {
    return new RandomIds();
  }

  toSpanContext(): SpanContext {
    return {
      traceId: hex(this.trace0) + hex(this.trace1) + hex(this.trace2) + hex(this.trace3),
      spanId: hex(this.span0) + hex(this.span1),
      traceFlags: this.traceFlags,
    };
  }
}

function hex(number: number): string {
  return (number >>> 0).toString(16).padStart(8, '0');
}
