// Not the global one, which is a getter.
import { Buffer } from 'node:buffer';
import { randomFillSync } from 'node:crypto';
import { type SpanContext, TraceFlags } from '@opentelemetry/api';

// Drawing random bytes for one id at a time would cost more than all other work on an id.
const pool: Int32Array = new Int32Array(4096);
let used: number = pool.length;

const TRACE_BYTES = 16;
const BYTES = 24;
const bytes = Buffer.alloc(BYTES);
const view = new DataView(bytes.buffer, bytes.byteOffset, BYTES);

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

/** A trace as four numbers of 32 bits, the first digits first. */
export interface TraceNumbers {
  readonly trace0: number;
  readonly trace1: number;
  readonly trace2: number;
  readonly trace3: number;
  readonly traceFlags: number;
}

/**
 * A new span, in a new trace or in that of the caller, as the numbers of 32 bits that ids are made of, the first digits
 * first. As text only where a reader asks for it: making and reading it takes longer than everything else about an id.
 */
export class RandomIds implements TraceNumbers {
  readonly trace0: number;
  readonly trace1: number;
  readonly trace2: number;
  readonly trace3: number;
  readonly span0: number = drawNonZero();
  readonly span1: number = draw();
  readonly traceFlags: number;
  #spanContext: SpanContext | undefined = undefined;

  private constructor(trace0: number, trace1: number, trace2: number, trace3: number, traceFlags: number) {
    this.trace0 = trace0;
    this.trace1 = trace1;
    this.trace2 = trace2;
    this.trace3 = trace3;
    this.traceFlags = traceFlags;
  }

  /** A new trace is marked as sampled, as the default sampler of every SDK (parentbased_always_on) does. */
  static draw(): RandomIds {
    return new RandomIds(drawNonZero(), draw(), draw(), draw(), TraceFlags.SAMPLED);
  }

  /** A new span in the trace of the caller. */
  static drawIn({ trace0, trace1, trace2, trace3, traceFlags }: TraceNumbers): RandomIds {
    return new RandomIds(trace0, trace1, trace2, trace3, traceFlags);
  }

  /** The ids as text; always the same object. */
  toSpanContext(): SpanContext {
    this.#spanContext ??= this.#format();
    return this.#spanContext;
  }

  // By way of bytes: `toString(16)` divides what is no small integer digit by digit, in ten times as long.
  #format(): SpanContext {
    view.setInt32(0, this.trace0);
    view.setInt32(4, this.trace1);
    view.setInt32(8, this.trace2);
    view.setInt32(12, this.trace3);
    view.setInt32(TRACE_BYTES, this.span0);
    view.setInt32(TRACE_BYTES + 4, this.span1);
    return {
      traceId: bytes.toString('hex', 0, TRACE_BYTES),
      spanId: bytes.toString('hex', TRACE_BYTES, BYTES),
      traceFlags: this.traceFlags,
    };
  }
}

/** Ids: as text, or as random numbers. */
export type Ids = SpanContext | RandomIds;

/** The ids as text; of the same ids always the same object. */
export function spanContextOf(ids: Ids): SpanContext {
  return ids instanceof RandomIds ? ids.toSpanContext() : ids;
}
