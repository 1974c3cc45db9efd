// The parts of a manifest that the tests look at.
import { parseAllDocuments } from 'yaml';

interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly configMapKeyRef?: { readonly name: string; readonly key: string } };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly imagePullPolicy?: string;
  readonly env?: readonly EnvVar[];
  readonly envFrom?: unknown;
  readonly resources: { readonly limits: { readonly memory: string } };
  readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
  readonly volumeMounts?: readonly { readonly name: string; readonly subPath?: string }[];
}

export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly immutable?: boolean;
  readonly data?: Readonly<Record<string, string>>;
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly Container[];
        readonly initContainers?: readonly Container[];
        readonly volumes?: readonly { readonly configMap?: { readonly name: string } }[];
      };
    };
  };
}

export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => {
    if ('errors' in document && document.errors[0]) throw document.errors[0];
    return (document as { toJS(): Manifest }).toJS();
  });
}

export function isWorkload({ kind }: Manifest): boolean {
  return kind === 'Deployment' || kind === 'DaemonSet';
}

export function containersOf({ spec }: Manifest): readonly Container[] {
  return [...(spec.template.spec.initContainers ?? []), ...spec.template.spec.containers];
}

/** `205MiB` (Go) and `256Mi` (Kubernetes) in MiB. */
export function mebibytes(text: string): number {
  const [, count, unit] = /^(\d+)(Mi|Gi)B?$/.exec(text) ?? [];
  if (count === undefined) throw new Error(`no size: ${text}`);
  return Number(count) * (unit === 'Gi' ? 1024 : 1);
}
