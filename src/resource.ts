import { type Attributes, type AttributeValue, type Context, trace } from '@opentelemetry/api';
import type { RawResourceAttribute, Resource } from '@opentelemetry/resources';
import { registeredTracerProvider } from './http/trace/trace-context.ts';
import {
  detectResource,
  type ResourceEnvironment,
  readResourceEnvironment,
  UNKNOWN_SERVICE,
  unknownService,
} from './options/options.ts';
import type { ResourceScope } from './record/access-log-record.ts';
import { PROCESS_ID } from './telemetry/heartbeat.ts';
import { SCOPE_NAME, VERSION } from './version.ts';

const SERVICE_NAME = 'service.name';

/** Resource attributes of an SDK that identify the service. Only these: Loki copies every one to every line. */
const TAKEN_OVER = /^(service|deployment|k8s|cloud|container)\.|^host\.name$/;

/** Sentry's tracer provider names every service `node`, with the version of Sentry's SDK, in this namespace. */
const SENTRY_NAMESPACE = 'sentry';

/**
 * The resource of the records: that of the application's SDK as soon as it is registered, over `OTEL_SERVICE_NAME` and
 * `OTEL_RESOURCE_ATTRIBUTES`, or what declarative configuration has in their place. A service name that an SDK or agent has
 * made up counts as not specified. Without an SDK, host, container and what else is asked for are found out at the first
 * exchange.
 */
export class ResourceSource {
  readonly #environment: ResourceEnvironment;
  /** `undefined` before the first exchange. */
  #current: Resource | undefined;
  /** The provider whose resource `#current` is; `undefined` for the environment. */
  #provider: object | undefined;

  constructor() {
    this.#environment = readResourceEnvironment(process.env);
  }

  /**
   * The resource for the record of an exchange. The same object as before unless it changed; the exchange's context,
   * which has to be made, is looked at only where the tracer provider is another one.
   */
  resourceFor(exchange: { readonly context: Context }): Resource {
    const provider = registeredTracerProvider();
    if (provider === this.#provider && this.#current !== undefined) return this.#current;
    const found = resourceOf(trace.getSpan(exchange.context)) ?? resourceOf(provider);
    if (provider !== undefined && found === undefined) return this.#current ?? this.#use(undefined);
    this.#provider = provider;
    const current = this.#use(found);
    if (found?.asyncAttributesPending === true && found.waitForAsyncAttributes !== undefined) {
      const again = (): void => {
        if (this.#provider === provider) this.#use(found);
      };
      found.waitForAsyncAttributes().then(again, again);
    }
    return current;
  }

  #use(resource: SdkResource | undefined): Resource {
    this.#current = resource === undefined ? this.#withoutSdk() : this.#withSdk(resource);
    return this.#current;
  }

  #withoutSdk(): Resource {
    return this.#withService(detectResource(this.#environment.detection, { instanceId: PROCESS_ID }), {});
  }

  #withSdk(resource: SdkResource): Resource {
    const taken: Attributes = {};
    for (const [name, value] of attributesOf(resource)) {
      if (!TAKEN_OVER.test(name) || value === undefined || isPromise(value)) continue;
      // The first one counts, as for the SDK itself.
      taken[name] ??= value;
    }
    return this.#withService({}, specified(taken));
  }

  #withService(detected: Attributes, fromSdk: Attributes): Resource {
    const attributes = { ...detected, ...this.#environment.attributes, ...fromSdk };
    attributes[SERVICE_NAME] ??= unknownService();
    return new KnownResource(attributes);
  }
}

/** The attributes without those that an SDK or agent has made up. */
function specified(attributes: Attributes): Attributes {
  const rest = { ...attributes };
  if (rest['service.namespace'] === SENTRY_NAMESPACE) {
    for (const name of [SERVICE_NAME, 'service.namespace', 'service.version']) delete rest[name];
  }
  if (String(rest[SERVICE_NAME]).startsWith(UNKNOWN_SERVICE)) delete rest[SERVICE_NAME];
  return rest;
}

/**
 * A resource of which everything is known. `@opentelemetry/resources` has one too, for 30 ms of every start of a
 * process.
 */
class KnownResource implements Resource {
  readonly attributes: Attributes;

  constructor(attributes: Attributes) {
    this.attributes = attributes;
  }

  merge(other: Resource | null): Resource {
    return other === null ? this : new KnownResource({ ...this.attributes, ...other.attributes });
  }

  getRawAttributes(): RawResourceAttribute[] {
    return Object.entries(this.attributes);
  }
}

/** Resource, our instrumentation scope, and the service name of the resource. */
export function resourceScope(resource: Resource): ResourceScope {
  const service = resource.attributes[SERVICE_NAME];
  return {
    resource,
    instrumentationScope: { name: SCOPE_NAME, version: VERSION },
    service: typeof service === 'string' ? service : undefined,
  };
}

type SdkResource = Pick<Resource, 'attributes' | 'asyncAttributesPending' | 'waitForAsyncAttributes'> &
  Partial<Pick<Resource, 'getRawAttributes'>>;

/** The raw ones where they can be had: `attributes` reports an error to the SDK while some are still looked for. */
function attributesOf(resource: SdkResource | undefined): readonly RawResourceAttribute[] {
  if (resource === undefined) return [];
  return resource.getRawAttributes?.() ?? Object.entries(resource.attributes);
}

function isPromise(value: RawResourceAttribute[1]): value is Promise<AttributeValue | undefined> {
  return typeof value === 'object' && 'then' in value;
}

/**
 * A recording span shows its resource (`ReadableSpan.resource`). A provider keeps it in a private field, which is
 * read where every span is sampled out. Both hold for the 2.x and the 3.x SDK.
 */
function resourceOf(owner: object | undefined): SdkResource | undefined {
  if (owner === undefined) return undefined;
  const { resource, _resource }: { resource?: unknown; _resource?: unknown } = owner;
  for (const candidate of [resource, _resource]) {
    if (typeof candidate === 'object' && candidate !== null && 'attributes' in candidate) {
      return candidate as SdkResource;
    }
  }
  return undefined;
}
