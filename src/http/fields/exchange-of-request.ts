import type { Socket } from 'node:net';
import { exchangeOf, knownConnection } from '../http1/exchange-slot.ts';
import { exchangeOfStream } from '../http2/stream-slot.ts';
import type { ObservedExchange } from '../observed-exchange.ts';

/**
 * Where frameworks have the request of Node: `raw` (Fastify; hapi has an object with `req` there), `req` (Koa, Express),
 * `env.incoming` (Hono on Node).
 */
const PLACES = ['raw', 'req', 'env', 'incoming'] as const;

/**
 * The exchange of what a framework hands out for a request: a request or response of `node:http` or `node:http2`, a
 * stream of `node:http2`, or an object that has one of them, up to two levels below.
 */
export function exchangeOfRequest(target: unknown): ObservedExchange | undefined {
  if (!isObject(target)) return undefined;
  return exchangeHeldBy(target) ?? exchangeInside(target, true);
}

function exchangeInside(object: object, goesDeeper: boolean): ObservedExchange | undefined {
  for (const place of PLACES) {
    const inner = read(object, place);
    const exchange = isObject(inner) ? exchangeHeldBy(inner) : undefined;
    if (exchange !== undefined) return exchange;
  }
  if (!goesDeeper) return undefined;
  for (const place of PLACES) {
    const inner = read(object, place);
    const exchange = isObject(inner) ? exchangeInside(inner, false) : undefined;
    if (exchange !== undefined) return exchange;
  }
  return undefined;
}

function exchangeHeldBy(object: object): ObservedExchange | undefined {
  const exchange = exchangeOf(object) ?? exchangeOfStream(object);
  if (exchange !== undefined) return exchange;
  const stream = read(object, 'stream');
  return (isObject(stream) ? exchangeOfStream(stream) : undefined) ?? handedOverExchange(object);
}

/** A connection is handed over once, and only its last request can be the one that asked for it. */
function handedOverExchange(request: object): ObservedExchange | undefined {
  if (read(request, 'upgrade') !== true) return undefined;
  const socket = read(request, 'socket') as Socket | undefined;
  return isObject(socket) ? knownConnection(socket)?.handedOver : undefined;
}

/** The objects are those of frameworks, whose accessors may throw. */
function read(object: object, name: string): unknown {
  try {
    return (object as Readonly<Record<string, unknown>>)[name];
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
