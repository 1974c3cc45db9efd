import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hiddenSegments, shownEndpoint } from '../../src/options/shown-endpoint.ts';

describe('of an endpoint are shown host and first segment', () => {
  const rows: readonly (readonly [endpoint: string, shown: string, hidden: readonly string[]])[] = [
    ['http://localhost:4317', 'http://localhost:4317', []],
    ['https://[::1]:443', 'https://[::1]:443', []],
    ['unix:///var/run/otel/collector.sock', 'unix:///var/run/otel/collector.sock', []],
    ['http://localhost:4318/v1/logs', 'http://localhost:4318/v1/logs', []],
    ['http://loki:3100/otlp/v1/logs', 'http://loki:3100/otlp/v1/logs', []],
    [
      'https://c.example/receiver/v1/otlp/T0KEN/v1/logs',
      'https://c.example/receiver/…/v1/logs',
      ['v1', 'otlp', 'T0KEN'],
    ],
    [
      'https://c.example/0f8fad5b-d9cb-469f-a165-70867728950e/v1/logs',
      'https://c.example/…/v1/logs',
      ['0f8fad5b-d9cb-469f-a165-70867728950e'],
    ],
    ['https://c.example/logs/T0KEN', 'https://c.example/logs/…', ['T0KEN']],
    ['https://c.example/', 'https://c.example', []],
    ['https://c.example/a//b/v1/logs/', 'https://c.example/a/…/v1/logs/', ['b']],
    ['', '', []],
  ];
  for (const [endpoint, shown, hidden] of rows) {
    test(endpoint, () => {
      assert.equal(shownEndpoint(endpoint), shown);
      assert.deepEqual(hiddenSegments(`${endpoint}${endpoint.startsWith('http') ? '?a=/b' : ''}`), hidden);
    });
  }
});
