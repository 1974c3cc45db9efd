import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hostAndPort, shownHost } from '../../../src/options/otlp/host-and-port.ts';

describe('hostAndPort', () => {
  const rows: readonly (readonly [url: string, host: string, port: number])[] = [
    ['http://collector/v1/logs', 'collector', 80],
    ['https://collector', 'collector', 443],
    ['http://collector:4318', 'collector', 4318],
    ['http://[::1]:4317', '::1', 4317],
    ['https://[2001:db8::1]', '2001:db8::1', 443],
  ];
  for (const [url, host, port] of rows) {
    test(url, () => assert.deepEqual(hostAndPort(new URL(url)), { host, port }));
  }
});

describe('shownHost', () => {
  const rows: readonly (readonly [endpoint: string, shown: string])[] = [
    ['https://collector/v1/logs', 'collector:443'],
    ['http://[::1]:4317', '[::1]:4317'],
    ['unix:///run/otlp.sock', '/run/otlp.sock'],
    ['no URL', 'no URL'],
  ];
  for (const [endpoint, shown] of rows) test(endpoint, () => assert.equal(shownHost(endpoint), shown));
});
