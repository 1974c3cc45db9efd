import { type Option, option } from '../option.ts';
import { timerMilliseconds } from '../values/units.ts';
import { fraction, headerCondition, oneOf, rollout, secretText } from '../values/values.ts';

export type Rollout = number | 'shadow' | 'sampled';
type Degrade = 'on' | 'delivery' | 'off';

/** What happens where there are more records than can be written, and what of the traffic is recorded at all. */
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
  degradeAfterMs: option(timerMilliseconds, {
    default: 30_000,
    unit: 'ms',
    meaning: 'how long at least half of the normal records must be suppressed before `errors` mode begins',
  }) as Option<number>,
  /** Milliseconds of calm after which `errors` mode ends; doubled, up to ten minutes, by each relapse. Default `60000`. */
  recoverAfterMs: option(timerMilliseconds, {
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
      'scarce; what others leave is free for all; `1` is no limit',
  }) as Option<number>,
  /** What of the traffic is recorded: a percentage of the traces, `sampled`, or `shadow`. Default `100`. */
  rollout: option(rollout, {
    default: 100,
    meaning:
      'a percentage of traces, the same ones in every service; `sampled`: those that tracing samples; `shadow`: nothing is ' +
      'sent but heartbeats, with what would have been. Errors and WARN are outside of percentage and `sampled`; what is ' +
      'left out counts as ignored',
  }) as Option<Rollout>,
  /** Secret by which trace ids are hashed before the percentage is applied; the same in all services. Default empty. */
  rolloutSeed: option(secretText, {
    default: '',
    meaning:
      'a secret, the same in all services: trace ids are hashed with it before the percentage of `rollout` is applied, so ' +
      'that clients cannot choose to be left out',
  }) as Option<string>,
  /** Request header of a trusted peer with which an exchange is recorded whatever `rollout` says. Default empty. */
  canary: option(headerCondition, {
    default: '',
    meaning:
      'a header and its value, such as `x-canary:true`: from a trusted peer (`trustedProxies`) it lets an exchange be ' +
      'recorded whatever `rollout` says',
  }) as Option<string>,
};
