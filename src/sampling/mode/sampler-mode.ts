import type { EventWriter } from '../events/event-writer.ts';
import type { Losses } from '../losses.ts';
import type { Sampler } from '../sampler.ts';
import type { SamplingDependencies, SamplingSettings } from '../sampling-settings.ts';
import type { ModeSettings } from './mode.ts';
import { ModeWatch } from './mode-watch.ts';

/** Keys that the event of a mode names. */
const TOP_KEYS = 3;

export interface SamplerModeParts {
  readonly sampler: Sampler;
  readonly losses: Losses;
  readonly events: EventWriter;
  readonly onError: (error: unknown) => void;
}

/** Decides on the mode by what a sampler is offered and what delivery can take, and sets it in the sampler. */
export function watchMode(
  settings: SamplingSettings,
  { now, backlog, onMode, beforeReport = () => undefined }: SamplingDependencies,
  { sampler, losses, events, onError }: SamplerModeParts,
): ModeWatch {
  return new ModeWatch(modeSettings(settings), {
    now,
    signals: () => {
      const lost = losses.takeSinceTick();
      return { ...sampler.takeDemand(), backlog: backlog?.() ?? 0, lost };
    },
    topKeys: () => sampler.suppressed.top(TOP_KEYS),
    onMode: (change) => {
      sampler.setMode(change.mode);
      try {
        onMode?.(change);
      } catch (error) {
        onError(error);
      }
    },
    beforeReport,
    write: (content, giveBack) => events.write(content, giveBack),
    onError,
  });
}

/** In the shadow nothing is written, so nothing can be too much. */
export function modeSettings(settings: SamplingSettings): ModeSettings {
  return settings.rollout.kind === 'shadow' ? { ...settings, degrade: 'off' } : settings;
}
