// Projects whose npm packages carry their own tests. Their versions, and what their tests need, are pinned in
// `fixtures/packages`. `ws` and `express` publish no tests: those of @fastify/websocket and @fastify/express use them.

export interface Suite {
  /** Its npm package. */
  readonly name: string;
  /** Which files below `test` are tests. */
  readonly isTest: (file: string) => boolean;
  /** Flags of the test runner that the project sets. */
  readonly flags?: readonly string[];
  /** Fewer records would prove nothing. 0 where all requests are injected: nothing of them is on a wire. */
  readonly leastRecords: number;
  /** Tests that see the package, as they are meant to: their names, and why. */
  readonly sees?: Readonly<Record<string, string>>;
}

const isNamedTest = (file: string): boolean => /\.test\.m?js$/.test(file);

export const SUITES: readonly Suite[] = [
  { name: 'light-my-request', isTest: isNamedTest, leastRecords: 0 },
  { name: '@fastify/websocket', isTest: isNamedTest, leastRecords: 30 },
  { name: '@fastify/express', isTest: isNamedTest, leastRecords: 50 },
  {
    name: '@fastify/http-proxy',
    isTest: (file) => file.endsWith('.js') && !/^(?:fixtures|helper)\//.test(file),
    leastRecords: 200,
  },
  {
    name: '@fastify/reply-from',
    isTest: isNamedTest,
    flags: ['--test-timeout=30000'],
    leastRecords: 100,
  },
  {
    name: 'fastify',
    isTest: isNamedTest,
    leastRecords: 400,
    sees: {
      'pretty print - includeMeta, includeHooks':
        'it prints the hooks of each route, and the one that reads the route is among them',
    },
  },
];
