import type { ResolvedOptions } from '../options/schema.ts';
import type { MaskingSource } from './masking/masking.ts';

/** The options that a record depends on. */
export type RecordOptions = Pick<
  ResolvedOptions,
  | 'slowMs'
  | 'longPolls'
  | 'noise'
  | 'sensitivePaths'
  | 'trustedProxies'
  | 'clientIpHeaders'
  | 'originHeaders'
  | 'clientIp'
  | 'requestHeaders'
  | 'responseHeaders'
  | 'detailRequestHeaders'
  | 'detailResponseHeaders'
  | 'detailWhen'
  | 'exceptionMessage'
  | 'session'
  | 'user'
  | 'tenant'
  | 'jwtClaims'
  | 'authFingerprint'
  | 'body'
> & {
  /**
   * Methods that may be the value of `http.request.method`, case-sensitive; any other is `_OTHER`
   * (`OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`). Default: those of RFC 9110, PATCH and QUERY.
   */
  readonly knownMethods?: readonly string[] | undefined;
  /** `name:value` of the request header with which a trusted peer asks for a record. Default: none. */
  readonly canary?: string | undefined;
  /** Default: credentials are found by the names of parameters, cookies and headers. */
  readonly masking?: MaskingSource | undefined;
};
