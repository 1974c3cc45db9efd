import { type Option, option } from '../option.ts';
import { fraction, oneOf, timerMs } from '../values.ts';

type Degrade = 'on' | 'delivery' | 'off';

/** What happens where there are more records than can be written. */
export const overloadOptions = {
  /** What may switch to `errors` mode. Default `on`. */
  degrade: option(oneOf(['on', 'delivery', 'off']), {
    default: 'on',
    meaning:
      'what switches to `errors` mode, in which only errors, slow exchanges and one in a hundred of the rate of normal ' +
      'records are written: `on` too many normal records, a full memory limit, and loss; `delivery` the last two; `off` ' +
      'nothing',
  }) as Option<Degrade>,
  /** Milliseconds for which at least half of the normal records must be suppressed. Default `30000`. */
  degradeAfterMs: option(timerMs, {
    default: 30_000,
    unit: 'ms',
    meaning: 'how long at least half of the normal records must be suppressed before `errors` mode begins',
  }) as Option<number>,
  /** Milliseconds of calm after which `errors` mode ends; doubled, up to ten minutes, by each relapse. Default `60000`. */
  recoverAfterMs: option(timerMs, {
    default: 60_000,
    unit: 'ms',
    meaning:
      'how long it must have been calm before `errors` mode ends; each relapse within ten minutes doubles it, up to ' +
      'ten minutes',
  }) as Option<number>,
  /** Part of the rates that one client, or one route, may have while records are suppressed; 1 is no limit. Default `0.2`. */
  share: option(fraction, {
    default: 0.2,
    meaning:
      'part of the rates (those of normal records and of errors) that one client, and one route, may have while they are ' +
      'scarce; what nobody else uses is free for all; `1` is no limit',
  }) as Option<number>,
};
