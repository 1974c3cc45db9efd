import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveOptions } from '../../src/options/options.ts';
import { compileClientAddress } from '../../src/record/client/client-address.ts';
import { exchangeFrom } from '../record/support/exchange-factory.ts';
import { tableRows } from './support/markdown.ts';

const CHAIN = { 'x-forwarded-for': '203.0.113.9, 198.51.100.7' };

test('the clients in the table of docs/behind-a-proxy.md are those that are found', () => {
  const rows = tableRows('docs/behind-a-proxy.md', 'How the client is found');
  assert.ok(rows.length > 5);
  let headers: Record<string, string> = CHAIN;
  for (const [trusted = '', also = '', client = ''] of rows) {
    const env: Record<string, string> = {};
    const [, networks] = /^`(.+)`$/.exec(trusted) ?? [];
    if (networks !== undefined) env.ACCESS_LOG_TRUSTED_PROXIES = networks;
    for (const [, name = '', value = ''] of also.matchAll(/`(ACCESS_LOG_\w+)=([^`]+)`/g)) env[name] = value;
    if (!also.startsWith('the same')) headers = { ...CHAIN };
    const [, forwarded] = /`Forwarded: ([^`]+)`/.exec(also) ?? [];
    if (forwarded !== undefined) headers.forwarded = forwarded;
    const { address } = compileClientAddress(resolveOptions({}, env)).read(
      exchangeFrom('127.0.0.1', headers),
    );
    assert.equal(`\`${address}\``, client, `${trusted} ${also}`);
  }
});
