// One process, one global tracer provider: the tests follow each other.
import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { describe, test } from 'node:test';
import { type Attributes, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOffSampler, AlwaysOnSampler, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { ResourceSource } from '../src/resource.ts';

process.env.OTEL_SERVICE_NAME = 'from-environment';
process.env.OTEL_RESOURCE_ATTRIBUTES = 'team=web,deployment.environment.name=test';

const fromEnvironment = {
  'service.name': 'from-environment',
  team: 'web',
  'deployment.environment.name': 'test',
};

describe('the resource of the records', () => {
  const source = new ResourceSource();

  test('without an SDK: that of the environment and the host, the same object each time', () => {
    const resource = source.resourceFor({ context: ROOT_CONTEXT });
    const { 'container.id': _id, ...attributes } = resource.attributes;
    assert.deepEqual(attributes, { ...fromEnvironment, 'host.name': hostname() });
    assert.equal(source.resourceFor({ context: ROOT_CONTEXT }), resource);
  });

  test('from the moment an SDK is there: its own, without what says nothing of the service', () => {
    trace.disable();
    const resource = resourceFromAttributes({
      'service.name': 'in-code',
      'service.version': '1.2.3',
      'k8s.pod.name': 'pod-1',
      'host.name': 'box',
      'host.arch': 'amd64',
      'process.pid': 42,
      'telemetry.sdk.language': 'nodejs',
    });
    trace.setGlobalTracerProvider(new NodeTracerProvider({ resource, sampler: new AlwaysOffSampler() }));
    const expected = {
      ...fromEnvironment,
      'service.name': 'in-code',
      'service.version': '1.2.3',
      'k8s.pod.name': 'pod-1',
      'host.name': 'box',
    };
    assert.deepEqual(source.resourceFor({ context: ROOT_CONTEXT }).attributes, expected);
    assert.equal(
      source.resourceFor({ context: ROOT_CONTEXT }),
      source.resourceFor({ context: ROOT_CONTEXT }),
    );
  });

  /** What an SDK that was told nothing says of itself. */
  const unspecified: readonly [sdk: string, attributes: Attributes][] = [
    ['a NodeTracerProvider without resource', { 'service.name': 'unknown_service:/usr/bin/node' }],
    ['Sentry', { 'service.name': 'node', 'service.namespace': 'sentry', 'service.version': '10.2.0' }],
  ];
  for (const [sdk, attributes] of unspecified) {
    test(`what ${sdk} makes up is not specified`, () => {
      trace.disable();
      const resource = resourceFromAttributes({ ...attributes, 'k8s.pod.name': 'pod-2' });
      trace.setGlobalTracerProvider(new NodeTracerProvider({ resource }));
      const expected = { ...fromEnvironment, 'k8s.pod.name': 'pod-2' };
      assert.deepEqual(source.resourceFor({ context: ROOT_CONTEXT }).attributes, expected);
    });
  }

  test('attributes that the SDK is still looking for are taken over when they are there', async () => {
    trace.disable();
    let tell: (region: string) => void = () => undefined;
    const region = new Promise<string>((resolve) => {
      tell = resolve;
    });
    const resource = resourceFromAttributes({ 'service.name': 'async', 'cloud.region': region });
    const provider = new NodeTracerProvider({ resource, sampler: new AlwaysOnSampler() });
    trace.setGlobalTracerProvider(provider);
    const inSpan = trace.setSpan(ROOT_CONTEXT, provider.getTracer('test').startSpan('x'));
    assert.deepEqual(source.resourceFor({ context: inSpan }).attributes, {
      ...fromEnvironment,
      'service.name': 'async',
    });
    tell('eu-1');
    await resource.waitForAsyncAttributes?.();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(source.resourceFor({ context: inSpan }).attributes, {
      ...fromEnvironment,
      'service.name': 'async',
      'cloud.region': 'eu-1',
    });
  });
});
