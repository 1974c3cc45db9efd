import type { InstrumentationScope } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { StreamDependencies } from '../stream-settings.ts';
import type { Encoder, Envelope } from './encoder.ts';

/** How long the detection of a resource may hold up its records. */
const RESOURCE_TIMEOUT_MS = 5_000;

/** Where records come from: one resource and one scope. Compared by identity. */
export class ScopeGroup {
  readonly resource: Resource;
  readonly scope: InstrumentationScope;
  readonly #encoder: Encoder;
  #envelope: Envelope | undefined;

  constructor(resource: Resource, scope: InstrumentationScope, encoder: Encoder) {
    this.resource = resource;
    this.scope = scope;
    this.#encoder = encoder;
  }

  /** Made when it is first needed, and again until all attributes of the resource are there. */
  envelope(): Envelope {
    if (this.#envelope !== undefined) return this.#envelope;
    const envelope = this.#encoder.envelope(this.resource, this.scope);
    if (this.resource.asyncAttributesPending !== true) this.#envelope = envelope;
    return envelope;
  }
}

/** The groups of all records; and whether one of their resources is still being detected. */
export class ScopeGroups {
  readonly #dependencies: Pick<StreamDependencies, 'encoder' | 'startTimer'>;
  readonly #onReady: () => void;
  readonly #known = new WeakMap<Resource, WeakMap<InstrumentationScope, ScopeGroup>>();
  #last: ScopeGroup | undefined;
  #pending = 0;

  /** @param onReady no resource is pending any more */
  constructor(dependencies: Pick<StreamDependencies, 'encoder' | 'startTimer'>, onReady: () => void) {
    this.#dependencies = dependencies;
    this.#onReady = onReady;
  }

  /** Whether there is a resource to wait for; for each, 5 s at most. */
  get arePending(): boolean {
    return this.#pending > 0;
  }

  of(resource: Resource, scope: InstrumentationScope): ScopeGroup {
    const last = this.#last;
    if (last !== undefined && last.resource === resource && last.scope === scope) return last;
    this.#last = this.#find(resource, scope);
    return this.#last;
  }

  #find(resource: Resource, scope: InstrumentationScope): ScopeGroup {
    let scopes = this.#known.get(resource);
    if (scopes === undefined) {
      scopes = new WeakMap();
      this.#known.set(resource, scopes);
      if (resource.asyncAttributesPending === true) this.#waitFor(resource);
    }
    let group = scopes.get(scope);
    if (group === undefined) {
      group = new ScopeGroup(resource, scope, this.#dependencies.encoder);
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
