import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isTooLarge } from '../../../../src/delivery/transport/response/too-large.ts';

describe('a message is too large', () => {
  for (const words of [
    'grpc: received message larger than max (5000000 vs. 4194304)',
    'grpc: received message after decompression larger than max 1048576',
    'grpc: received message after decompression larger than max (5268750 vs. 4194304)',
    'grpc: message after decompression larger than max (5242880 vs. 4194304)',
    'rpc error: code = ResourceExhausted desc = grpc: received message larger than max (5 vs. 4)',
    'Permanent error: rpc error: code = ResourceExhausted desc = grpc: received message larger than max (5 vs. 4)',
    'Received message larger than max (5000000 vs 4194304)',
    'Received message larger than max (5000000 vs. 4194304)',
    'SERVER: Received message larger than max (5000000 vs. 4194304)',
    'Received message that decompresses to a size larger than 4194304',
    'gRPC message exceeds maximum size 4194304: 5000000',
    'Decompressed gRPC message exceeds maximum size 4194304',
    'Compressed gRPC message exceeds maximum size 4194304: 4194305 bytes read',
    'Error, decoded message length too large: found 5000000 bytes, the limit is: 4194304 bytes',
    'Error, message length too large: found 5000000 bytes, the limit is: 4194304 bytes',
    'Error decompressing: size limit, of 1048576 bytes, exceeded while decompressing message',
    'Received message exceeds the maximum configured message size.',
    'message size 5000000 is larger than configured max 4194304',
    'http: request body too large',
    'Received HTTP status code 413',
    'Payload Too Large',
    'unexpected HTTP status code received from server: 413 (Request Entity Too Large); malformed header: missing HTTP content-type',
  ])
    test(words, () => assert.equal(isTooLarge(words), true));
});

describe('something else is', () => {
  for (const words of [
    '',
    'the label is too large',
    'attribute value too big',
    'line size 300000 exceeds max 262144',
    'ingestion rate exceeds limit',
    'timestamp is larger than now',
    'trying to send message larger than max (5000000 vs. 4194304)',
    'Sent message larger than max (5000000 vs. 4194304)',
    'Attempted to send message with a size larger than 4194304',
    'Received HTTP status code 4131',
    'line "grpc: received message larger than max (5 vs. 4)" is no JSON',
    'grpc: received message larger than max (5 vs. 4), says the log line',
    'rpc error: code = InvalidArgument desc = the record says: http: request body too large',
  ])
    test(words, () => assert.equal(isTooLarge(words), false));
});
