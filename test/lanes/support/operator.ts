// What the OpenTelemetry Operator does to a pod, without a cluster: the image of docker/operator is put together as its
// Dockerfile says, its init container copies it to a volume, and the variables of the Operator are set.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { TestOwner } from '../../support/owner.ts';
import type { TestReceiver } from '../../support/receiver.ts';
import { inRepo } from '../../support/repo-root.ts';
import { packPackage } from './application.ts';
import { cacheFolder, lockCache } from './cache.ts';
import { installCopy } from './copy.ts';

const SOURCE = inRepo('docker', 'operator');

interface OperatorImage {
  /** `/autoinstrumentation` of the image. */
  folder(): string;
  /** A volume that its tests share, and leave as it is. */
  volume(): string;
}

/** To be called in a suite. What it returns is there inside tests only. */
export function useOperatorImage(): OperatorImage {
  const cleanUps: (() => Promise<void>)[] = [];
  const owner = { after: (cleanUp: () => Promise<void>) => cleanUps.unshift(cleanUp) };
  let folder = '';
  let volume = '';
  before(async () => {
    await lockCache(owner);
    const { dependencies: _, ...manifest } = JSON.parse(readFileSync(join(SOURCE, 'package.json'), 'utf8'));
    const copy = {
      name: 'operator',
      source: SOURCE,
      target: cacheFolder,
      manifest: { ...manifest, dependencies: {} },
    };
    folder = await installCopy(copy, await packPackage(owner));
    volume = podVolume(owner, folder);
  });
  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp();
  });
  return { folder: () => folder, volume: () => volume };
}

/** The volume of a pod, as the init container leaves it: `cp -r /autoinstrumentation/. <volume>`. */
export function podVolume(owner: TestOwner, image: string): string {
  const volume = mkdtempSync(join(tmpdir(), 'otel-auto-instrumentation-nodejs-'));
  owner.after(async () => rmSync(volume, { recursive: true, force: true }));
  execFileSync('cp', ['-r', `${image}/.`, volume]);
  return volume;
}

/** What the Operator sets in a container. @param options NODE_OPTIONS of the container's own */
export function operatorEnv(volume: string, receiver: TestReceiver, options = ''): Record<string, string> {
  return {
    NODE_OPTIONS: `${options} --require ${volume}/autoinstrumentation.js`,
    OTEL_SERVICE_NAME: 'shop',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_PROPAGATORS: 'tracecontext,baggage',
    OTEL_RESOURCE_ATTRIBUTES:
      'k8s.container.name=shop,k8s.namespace.name=shop,k8s.pod.name=shop-0,service.instance.id=shop.shop-0.shop',
  };
}
