import { ObservedExchange } from './observed-exchange.ts';

/** An exchange whose request Node has read: what its head says is known from the start. */
export abstract class ObservedRequest extends ObservedExchange {
  target = '';
  httpVersion = '';
  host: string | undefined = undefined;
  userAgent: string | undefined = undefined;
  traceparent: string | undefined = undefined;
  requestHeaders: Readonly<Record<string, string | readonly string[]>> | undefined = undefined;
}
