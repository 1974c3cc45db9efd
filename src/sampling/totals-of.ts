import type { Totals } from '../telemetry/totals.ts';
import type { Losses } from './losses.ts';
import type { Sampler } from './sampler.ts';
import type { SamplingDependencies } from './sampling-settings.ts';

/** Adds up what sampler and delivery have counted; what is not counted in this process is left out. */
export function totalsOf(
  sampler: Sampler,
  losses: Losses,
  dependencies: Pick<SamplingDependencies, 'dropped' | 'masking' | 'delivery'>,
): Totals {
  const dropped = dependencies.dropped?.();
  const masking = dependencies.masking?.();
  const { shadow } = sampler;
  const totals = {
    ...sampler.totals(),
    ...(dropped === undefined ? {} : { dropped }),
    ...(masking === undefined ? {} : { masking }),
    ...(shadow === undefined ? {} : { shadow: { ...shadow } }),
  };
  const delivery = dependencies.delivery?.();
  return delivery === undefined
    ? totals
    : { ...totals, ...delivery, lost: delivery.lost + losses.beforeDelivery };
}
