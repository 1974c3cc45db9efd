/**
 * The exact messages of receivers and proxies for a message that is too large. An error that merely contains such words
 * (`the tag is too large`, or a response beyond a limit) is another one: a smaller batch would be refused as well.
 */
const FORMS: readonly RegExp[] = [
  // grpc-go
  /^grpc: (?:received )?message (?:after decompression )?larger than max (?:\d+|\(\d+ vs\.? \d+\))$/,
  // gRPC C++ and the languages that wrap it, grpc-js
  /^(?:SERVER: )?Received message larger than max \(\d+ vs\.? \d+\)$/,
  /^Received message that decompresses to a size larger than \d+$/,
  // Java
  /^(?:Decompressed |Compressed )?gRPC message exceeds maximum size \d+(?:: \d+(?: bytes read)?)?$/,
  // tonic
  /^(?:Error, )?(?:decoded )?message length too large(?:: found \d+ bytes, the limit is: \d+ bytes)?$/,
  /^Error decompressing: size limit, of \d+ bytes, exceeded while decompressing message$/,
  // .NET
  /^Received message exceeds the maximum configured message size\.$/,
  // connect-go
  /^message (?:size \d+ )?is larger than configured max \d+$/,
  // net/http of Go; the Collector sends it with 400
  /^http: request body too large$/,
  // 413 of a proxy: in our words (`statusOfHttp`), from Envoy, and from a receiver in Go that forwards
  /^Received HTTP status code 413$/,
  /^Payload Too Large$/i,
  /^unexpected HTTP status code received from server: 413\b/,
];

/** A receiver that forwards puts these before the message of the next one. */
const PASSED_ON = /^(?:Permanent error: |rpc error: code = \w+ desc = )+/;

export function isTooLarge(words: string): boolean {
  const original = words.replace(PASSED_ON, '');
  return FORMS.some((form) => form.test(original));
}
