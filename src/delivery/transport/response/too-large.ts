/**
 * How receivers and proxies say that a message is too large, word for word: an error that only contains such words
 * (`the tag is too large`, or a size that the answer has exceeded) is another one, and dividing a batch does not help
 * against it.
 */
const FORMS: readonly RegExp[] = [
  // grpc-go
  /^grpc: (?:received )?message (?:after decompression )?larger than max (?:\d+|\(\d+ vs\.? \d+\))$/,
  // C++ with those that build on it, and grpc-js
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
  // net/http of Go, as the Collector says it with 400
  /^http: request body too large$/,
  // 413 of a proxy: ours (`statusOfHttp`), that of Envoy, and that of a receiver in Go which sends on
  /^Received HTTP status code 413$/,
  /^Payload Too Large$/i,
  /^unexpected HTTP status code received from server: 413\b/,
];

/** A receiver that sends on puts these before what it was told itself. */
const PASSED_ON = /^(?:Permanent error: |rpc error: code = \w+ desc = )+/;

export function isTooLarge(words: string): boolean {
  const told = words.replace(PASSED_ON, '');
  return FORMS.some((form) => form.test(told));
}
