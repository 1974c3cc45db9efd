import type { Exchange } from '../../http/exchange.ts';
import type { Masking } from '../masking/masking.ts';
import { headerValues } from '../reading/headers.ts';
import { responseHeadersOf } from '../reading/response-head.ts';
import type { RecordWriter } from '../record-writer.ts';
import { HTTP_REQUEST_HEADER_PREFIX, HTTP_RESPONSE_HEADER_PREFIX } from './attribute-names.ts';
import { addHeader } from './captured-headers.ts';

/** Writes headers of an exchange as attributes. @param isSensitivePath as for `Masking.header` */
export type AddHeaders = (
  writer: RecordWriter,
  exchange: Exchange,
  masking: Masking,
  isSensitivePath: (path: string) => boolean,
) => void;

/**
 * @param request lower-case names of request headers
 * @param response the same of response headers
 * @returns `undefined` where there are none
 */
export function compileHeaders(
  request: readonly string[],
  response: readonly string[],
): AddHeaders | undefined {
  if (request.length === 0 && response.length === 0) return undefined;
  const wanted = new Set(response);
  return (writer, exchange, masking, isSensitivePath) => {
    for (const name of request) {
      const values = headerValues(exchange.requestHeaders, name);
      addHeader(writer, HTTP_REQUEST_HEADER_PREFIX, name, values, masking, isSensitivePath);
    }
    if (response.length === 0) return;
    const sent = responseHeadersOf(exchange, wanted);
    if (sent === undefined) return;
    for (const name of response) {
      addHeader(writer, HTTP_RESPONSE_HEADER_PREFIX, name, sent.get(name) ?? [], masking, isSensitivePath);
    }
  };
}
