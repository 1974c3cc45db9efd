// The target as a process of its own.
import type { AddressInfo } from 'node:net';
import { createTarget } from './target.ts';

for (const [patience, word] of [
  ['long', 'listening'],
  ['short', 'impatient'],
] as const) {
  const server = createTarget(patience);
  server.listen(0, '127.0.0.1', () => {
    console.log(`${word} ${(server.address() as AddressInfo).port}`);
  });
}
