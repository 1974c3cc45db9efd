import { ObservedRequest } from '../observed-request.ts';
import type { IdSource } from '../trace/trace-context.ts';
import type { Http2Connection } from './http2-connection.ts';

/**
 * A connection that was refused before it had a stream: what its client sent is not HTTP/2. Node answers with a GOAWAY
 * frame, which has no status.
 */
export class RejectedSession extends ObservedRequest {
  readonly connection: Http2Connection;

  constructor(connection: Http2Connection, errorCode: string, idSource: IdSource, nowMs: number) {
    super(idSource, connection.acceptedMs);
    this.connection = connection;
    this.outcome = 'rejected';
    this.errorCode = errorCode;
    this.durationMs = nowMs - connection.acceptedMs;
  }

  get ended(): boolean {
    return true;
  }

  endWithProcess(): void {
    // It has ended when it is seen.
  }

  protected override readSoFar(): undefined {
    return undefined;
  }
}
