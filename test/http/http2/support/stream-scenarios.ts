import { BROKEN_STREAMS } from './broken-streams.ts';
import { COMPLETED_STREAMS } from './completed-streams.ts';
import type { StreamScenario } from './stream-scenario.ts';

/** Every row of HTTP/2. */
export const STREAM_SCENARIOS: readonly StreamScenario[] = [...COMPLETED_STREAMS, ...BROKEN_STREAMS];
