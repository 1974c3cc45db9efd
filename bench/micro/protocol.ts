/** Request line and headers together: what node:http lets through by default. */
export const REQUEST_KIB = 16;

/** One micro-benchmark's result; nanoseconds and bytes per operation. */
export interface MicroResult {
  readonly name: string;
  readonly lowerNanos: number;
  readonly medianNanos: number;
  readonly upperNanos: number;
  /** Allocated on the heap; `undefined` where no run was free of garbage collection. */
  readonly bytes: number | undefined;
  /** What the median is to be at most. */
  readonly goalNanos?: number;
  /** A whole request of `REQUEST_KIB`; the first of them is the plain one. */
  readonly isRequest?: true;
}
