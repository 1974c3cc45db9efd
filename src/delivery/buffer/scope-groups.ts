import type { InstrumentationScope } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { StreamDependencies } from '../stream/stream-settings.ts';
import type { Encoder, Envelope } from './encoder.ts';

/** Milliseconds for which the detection of a resource may delay its records. */
const RESOURCE_TIMEOUT_MS = 5_000;

/** Records that OTLP groups under one resource and one instrumentation scope. Compared by identity. */
export interface ScopeGroup {
  /** May change while attributes of the resource are being detected. */
  envelope(): Envelope;
}

/** The group of a resource and a scope of this process. */
export class LiveScopeGroup implements ScopeGroup {
  readonly resource: Resource;
  readonly scope: InstrumentationScope;
  readonly #encoder: Encoder;
  #envelope: Envelope | undefined;

  constructor(resource: Resource, scope: InstrumentationScope, encoder: Encoder) {
    this.resource = resource;
    this.scope = scope;
    this.#encoder = encoder;
  }

  /** Encoded once; while attributes of the resource are being detected, encoded each time. */
  envelope(): Envelope {
    if (this.#envelope !== undefined) return this.#envelope;
    const envelope = this.#encoder.envelope(this.resource, this.scope);
    if (this.resource.asyncAttributesPending !== true) this.#envelope = envelope;
    return envelope;
  }
}

/** The scope groups of all records; and whether one of their resources is still being detected. */
export class ScopeGroups {
  readonly #dependencies: Pick<StreamDependencies, 'encoder' | 'startTimer'>;
  readonly #onReady: () => void;
  readonly #known = new WeakMap<Resource, WeakMap<InstrumentationScope, LiveScopeGroup>>();
  #last: LiveScopeGroup | undefined;
  #pending = 0;

  /** @param onReady called when no resource is being detected any more */
  constructor(dependencies: Pick<StreamDependencies, 'encoder' | 'startTimer'>, onReady: () => void) {
    this.#dependencies = dependencies;
    this.#onReady = onReady;
  }

  /** Whether a resource is still being detected; ends 5 s after its first record at the latest. */
  get arePending(): boolean {
    return this.#pending > 0;
  }

  of(resource: Resource, scope: InstrumentationScope): ScopeGroup {
    const last = this.#last;
    if (last !== undefined && last.resource === resource && last.scope === scope) return last;
    this.#last = this.#find(resource, scope);
    return this.#last;
  }

  #find(resource: Resource, scope: InstrumentationScope): LiveScopeGroup {
    let scopes = this.#known.get(resource);
    if (scopes === undefined) {
      scopes = new WeakMap();
      this.#known.set(resource, scopes);
      if (resource.asyncAttributesPending === true) this.#waitFor(resource);
    }
    let group = scopes.get(scope);
    if (group === undefined) {
      group = new LiveScopeGroup(resource, scope, this.#dependencies.encoder);
      scopes.set(scope, group);
    }
    return group;
  }

  #waitFor(resource: Resource): void {
    this.#pending += 1;
    let isOver = false;
    const end = (): void => {
      if (isOver) return;
      isOver = true;
      timer.stop();
      this.#pending -= 1;
      if (this.#pending === 0) this.#onReady();
    };
    const timer = this.#dependencies.startTimer(RESOURCE_TIMEOUT_MS, end);
    void Promise.resolve()
      .then(() => resource.waitForAsyncAttributes?.())
      .then(end, end);
  }
}
