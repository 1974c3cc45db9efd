/** Error codes of HTTP/2 (RFC 9113 section 7), by number, under the names of the constants of `node:http2`. */
const NAMES: readonly string[] = [
  'NGHTTP2_NO_ERROR',
  'NGHTTP2_PROTOCOL_ERROR',
  'NGHTTP2_INTERNAL_ERROR',
  'NGHTTP2_FLOW_CONTROL_ERROR',
  'NGHTTP2_SETTINGS_TIMEOUT',
  'NGHTTP2_STREAM_CLOSED',
  'NGHTTP2_FRAME_SIZE_ERROR',
  'NGHTTP2_REFUSED_STREAM',
  'NGHTTP2_CANCEL',
  'NGHTTP2_COMPRESSION_ERROR',
  'NGHTTP2_CONNECT_ERROR',
  'NGHTTP2_ENHANCE_YOUR_CALM',
  'NGHTTP2_INADEQUATE_SECURITY',
  'NGHTTP2_HTTP_1_1_REQUIRED',
];

export const NO_ERROR = 0;
export const CANCEL = 8;

/** Name of an error code. `_OTHER` for one that is not registered: a client may make up any of 32 bits. */
export function resetCodeName(code: number): string {
  return NAMES[code] ?? '_OTHER';
}
