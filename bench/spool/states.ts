import type { Sliced } from '../slices/subjects.ts';
import { subjectsOf } from '../slices/subjects.ts';

/** What the receiver does, and what an earlier process has left. */
export interface SpoolState {
  /** Also that of the subject without a spool. */
  readonly id: string;
  readonly title: string;
  /** Milliseconds that the receiver takes to acknowledge. */
  readonly receiverDelayMs: number;
  /** Whether connections are refused. */
  readonly isDown: boolean;
  /** Whether the spool of an earlier process is replayed all the time. */
  readonly isReplaying: boolean;
}

const SLOW_MS = 100;
const UP = { receiverDelayMs: 0, isDown: false, isReplaying: false };

export const STATES: readonly SpoolState[] = [
  { id: 'healthy', title: 'receiver healthy', ...UP },
  { id: 'slow', title: `receiver answers after ${SLOW_MS} ms`, ...UP, receiverDelayMs: SLOW_MS },
  { id: 'down', title: 'receiver refuses connections', ...UP, isDown: true },
  { id: 'replaying', title: 'receiver healthy, an earlier spool is replayed', ...UP, isReplaying: true },
];

/** The access log in a state, with a spool or without one. */
export interface Spooled extends Sliced {
  readonly state: SpoolState;
  readonly hasSpool: boolean;
}

// Nothing listens on the discard port.
const NO_RECEIVER = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };

/** The two that are compared: without a spool, and with one. */
export function pairOf(state: SpoolState): readonly [Spooled, Spooled] {
  const [ours] = subjectsOf(['ours']);
  if (ours === undefined) throw new Error('Expected the variant `ours`, got none');
  const variant = { ...ours.variant, env: { ...ours.variant.env, ...(state.isDown ? NO_RECEIVER : {}) } };
  return [
    { ...ours, variant, id: state.id, state, hasSpool: false },
    { ...ours, variant, id: `${state.id} spool`, state, hasSpool: true },
  ];
}

/** The same with its spool in that directory. */
export function spooledIn(subject: Spooled, directory: string): Spooled {
  const env = {
    ...subject.variant.env,
    ACCESS_LOG_SPOOL_DIR: directory,
    // What is replayed belongs to the spool of the process that does it.
    ...(subject.state.isReplaying ? { ACCESS_LOG_SPOOL_LIMIT_MIB: '4096' } : {}),
  };
  return { ...subject, variant: { ...subject.variant, env } };
}
