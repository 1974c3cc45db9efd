import { randomFillSync } from 'node:crypto';
import { type Address, Ipv4Address, parseAddress } from './address.ts';

/** Odd numbers that no client knows: without them it could choose addresses that have one key. */
const SECRETS = randomFillSync(new Int32Array(5)).map((number) => number | 1);

/**
 * The key of a client as one number, for tables by hash: all of an IPv4 address; of IPv6 the first 64 bits, since a
 * client has as many addresses behind those as it likes. Another number in each process.
 */
export function clientKeyOf(address: Address): number {
  if (address instanceof Ipv4Address) return address.bits;
  const [first = 0, second = 0, third = 0, fourth = 0] = address.parts;
  return (
    (Math.imul(first, SECRETS[0] ?? 1) +
      Math.imul(second, SECRETS[1] ?? 1) +
      Math.imul(third, SECRETS[2] ?? 1) +
      Math.imul(fourth, SECRETS[3] ?? 1)) |
    0
  );
}

/** The same of an address as a record shows it: a whole one, its network, or a hash. */
export function clientKeyOfText(text: string): number {
  const address = parseAddress(text);
  return address === undefined ? textKey(text) : clientKeyOf(address);
}

/** A number for a text: the same in this process, another one in the next. */
function textKey(text: string): number {
  let key = SECRETS[4] ?? 1;
  for (let at = 0; at < text.length; at += 1) key = Math.imul(key ^ text.charCodeAt(at), 0x0100_0193);
  return key;
}
