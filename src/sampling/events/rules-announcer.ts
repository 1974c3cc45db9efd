import type { RulesListener, RulesRefusal } from '../../options/rules/watched-rules.ts';
import type { RulesStatus } from '../../telemetry/rules-status.ts';
import type { EventContent } from './event-record.ts';
import { inForce, rulesLoadedEvent, rulesRefusedEvent } from './events.ts';

export interface RulesAnnouncerDependencies {
  /** Which rules are in force. */
  readonly status: () => RulesStatus;
  /** Called before others are. */
  readonly onChanging?: () => void;
  /** Called when others are. */
  readonly onChanged: () => void;
  /** Writes an event; left out where events are not written. */
  readonly writeEvent?: (content: EventContent) => void;
  /** Called with one line for the operator. */
  readonly warn: (text: string) => void;
  readonly info: (text: string) => void;
  readonly onError: (error: unknown) => void;
}

/** Tells of rules that come into force, and of those that cannot: as events, and the operator on standard error. */
export class RulesAnnouncer implements RulesListener {
  readonly #dependencies: RulesAnnouncerDependencies;

  constructor(dependencies: RulesAnnouncerDependencies) {
    this.#dependencies = dependencies;
  }

  /** Tells of the rules with which the process starts. */
  onStarted(): void {
    const { status, writeEvent } = this.#dependencies;
    writeEvent?.(rulesLoadedEvent(status()));
  }

  onChanging(): void {
    this.#dependencies.onChanging?.();
  }

  onChanged(hasRecovered: boolean): void {
    const { status, onChanged, info } = this.#dependencies;
    onChanged();
    this.onStarted();
    // The other file may still be in trouble.
    if (hasRecovered && !status().isStale) info(`the rules can be used again; ${inForce(status())}`);
  }

  onRefused(refusal: RulesRefusal): void {
    const { status, writeEvent, warn } = this.#dependencies;
    writeEvent?.(rulesRefusedEvent(refusal, status()));
    warn(`the rules stay as they are; ${inForce(status())}; ${refusal.message}`);
  }

  onError(error: unknown): void {
    this.#dependencies.onError(error);
  }
}
