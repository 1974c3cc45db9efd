import type { Scenario } from '../scenario.ts';
import { ANSWERED } from './answered.ts';
import { BROKEN } from './broken.ts';
import { HANDED_OVER } from './handed-over.ts';
import { IN_FLIGHT } from './in-flight.ts';
import { NODE_ANSWERS } from './node-answers.ts';
import { REJECTED } from './rejected.ts';

/** Every row of HTTP/1. */
export const SCENARIOS: readonly Scenario[] = [
  ...ANSWERED,
  ...NODE_ANSWERS,
  ...BROKEN,
  ...IN_FLIGHT,
  ...REJECTED,
  ...HANDED_OVER,
];
