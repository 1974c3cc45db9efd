import { cell, type Line } from '../../../render/line-cells.ts';

const BAR = `  ━━━┿──╂─  The duration against what the route takes: ┿ is its p50, ╂ its p95,
            ▶ further than the bar reaches. Green up to p50, yellow up to p95,
            red beyond; empty until the route has had 20 requests.`;

const STATUS = `  ---       no status was sent: the outcome says how the exchange ended
  +12 suppressed before    so many of this kind were stopped by the rate limit`;

const KEYS = `  ↑ ↓  PgUp PgDn  Home End   select a record, which pauses
  Enter                      opens it in full; ← → opens the one before, the next
  /                          searches what came and what comes; alone it ends it
  p or space                 pauses, and goes on
  Esc                        closes; ends the search; goes on
  ?                          this page
  Ctrl-L                     draws the screen again
  q                          quits`;

/** The part of `--help` about the screen. */
export const LEGEND: string = `What a line shows:
${BAR}
${STATUS}

Keys, in a terminal:
${KEYS}
`;

export const LEGEND_TITLE: Line = [cell('accent', 'tail'), cell('faint', '  Esc closes')];

export const LEGEND_LINES: readonly Line[] = LEGEND.split('\n').map((text) => [cell('plain', text)]);
