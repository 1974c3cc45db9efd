// The spans that the application's own processor printed, in a form that is the same for every run.

interface PrintedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId?: string;
  readonly scope: string;
  readonly name: string;
  readonly kind: number;
  readonly status: object;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly string[];
}

export interface SpanTree {
  readonly scope: string;
  readonly name: string;
  readonly kind: number;
  readonly status: object;
  /** Ports, which differ from run to run, are masked. */
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly string[];
  /** `remote`: the parent is none of the printed spans. */
  readonly parent: 'none' | 'remote' | 'local';
  readonly children: readonly SpanTree[];
}

/** All finished spans as trees: children below their parents, siblings in an order of their own. */
export function spanTrees(stdout: string): SpanTree[] {
  const spans = [...stdout.matchAll(/^span (.*)$/gm)].map(([, json]): PrintedSpan => JSON.parse(json ?? ''));
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const treesBelow = (parentId: string): SpanTree[] =>
    inOrder(
      spans
        .filter((span) => span.parentId === parentId)
        .map((span) => treeOf(span, 'local', treesBelow(span.spanId))),
    );
  const roots = spans.filter(({ parentId }) => parentId === undefined || !ids.has(parentId));
  return inOrder(
    roots.map((span) =>
      treeOf(span, span.parentId === undefined ? 'none' : 'remote', treesBelow(span.spanId)),
    ),
  );
}

function treeOf(span: PrintedSpan, parent: SpanTree['parent'], children: readonly SpanTree[]): SpanTree {
  const { scope, name, kind, status, events } = span;
  const attributes = Object.fromEntries(
    Object.entries(span.attributes).map(([key, value]) => [key, masked(key, value)]),
  );
  return { scope, name, kind, status, attributes, events, parent, children };
}

function masked(key: string, value: unknown): unknown {
  if (key.endsWith('.port')) return 'port';
  // `url.full`, and `http.host` and `http.url` of the older conventions.
  return typeof value === 'string' ? value.replace(/(?<=127\.0\.0\.1):\d+/, ':port') : value;
}

function inOrder(trees: readonly SpanTree[]): SpanTree[] {
  return trees
    .map((tree) => ({ tree, text: JSON.stringify(tree) }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ tree }) => tree);
}
