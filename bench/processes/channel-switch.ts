/**
 * `--import`, before this package: remembers what it subscribes to the channels of HTTP servers, so that a benchmark can
 * switch the access log of a running process on and off. The package itself is the one that is published.
 */
import type { ChannelListener } from 'node:diagnostics_channel';
import { createRequire, syncBuiltinESMExports } from 'node:module';

const OBSERVED = /^http\.server\./;
const SWITCH = Symbol.for('otel-access-log.bench.switch');

// The module object, whose properties can be replaced; `syncBuiltinESMExports` hands them to named imports.
const channels: typeof import('node:diagnostics_channel') = createRequire(import.meta.url)(
  'node:diagnostics_channel',
);
const { subscribe, unsubscribe } = channels;
const subscriptions: (readonly [name: string | symbol, listener: ChannelListener])[] = [];

channels.subscribe = (name, listener) => {
  if (OBSERVED.test(String(name))) subscriptions.push([name, listener]);
  subscribe(name, listener);
};
syncBuiltinESMExports();

/** What the access log of the process subscribed. */
export interface ChannelSwitch {
  on(): void;
  off(): void;
}

const channelSwitch: ChannelSwitch = {
  on: () => {
    for (const [name, listener] of subscriptions) subscribe(name, listener);
  },
  off: () => {
    for (const [name, listener] of subscriptions) unsubscribe(name, listener);
  },
};
Reflect.set(globalThis, SWITCH, channelSwitch);
