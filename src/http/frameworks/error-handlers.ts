/** The errors that Express (4 and 5) and NestJS (10 and 11) hand to error handlers and exception filters. */
import { exchangeOfRequest } from '../fields/exchange-of-request.ts';
import { patchMethod } from '../patched-method.ts';
import { noteThrown, type Undo } from './handled-request.ts';

/** NestJS's `ArgumentsHost`. */
interface Host {
  getArgByIndex(index: number): unknown;
}

/** A router calls the method of each layer that comes after the one that failed, whatever kind of layer it is. */
export function patchExpressLayer(layer: unknown): readonly Undo[] {
  return typeof layer !== 'function'
    ? []
    : (['handle_error', 'handleError'] as const).map((name) =>
        patchMethod(
          layer.prototype,
          name,
          (source) =>
            function handleError(this: unknown, ...args: unknown[]): unknown {
              noteThrown(args[2], args[0]);
              return Reflect.apply(source[name], this, args);
            },
          true,
        ),
      );
}

/** NestJS catches what its handlers throw before Express or Fastify see it. */
export function patchNestExceptions(exports: unknown): readonly Undo[] {
  const { ExceptionsHandler } = exports as { readonly ExceptionsHandler?: unknown };
  if (typeof ExceptionsHandler !== 'function') return [];
  return [
    patchMethod(
      ExceptionsHandler.prototype,
      'next',
      (source) =>
        function next(this: unknown, ...args: unknown[]): unknown {
          noteOfNest(args[0], args[1] as Host);
          return Reflect.apply(source.next, this, args);
        },
      false,
    ),
  ];
}

function noteOfNest(error: unknown, host: Host): void {
  try {
    // A message of a microservice has no response there.
    const exchange = exchangeOfRequest(host.getArgByIndex(1));
    if (exchange !== undefined && error != null) exchange.thrown = error;
  } catch {
    // These are the insides of a framework.
  }
}
