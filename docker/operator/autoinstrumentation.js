// What the OpenTelemetry Operator has every Node process of a pod require. ES5, since any Node may meet it, and no
// error leaves it: a process whose --require throws does not start.
// biome-ignore-all lint/style/useTemplate: ES5 has none.
'use strict';

/** The versions that the package supports: 20.19 and later, 22.12 and later. */
function isSupported(version) {
  var parts = version.split('.');
  var major = Number(parts[0]);
  var minor = Number(parts[1]);
  return major === 20 ? minor >= 19 : major === 22 ? minor >= 12 : major > 22;
}

try {
  if (isSupported(process.versions.node)) require('otel-access-log/register');
  else console.error('otel-access-log: no access log: Node ' + process.versions.node + ' is too old');
} catch (error) {
  try {
    console.error('otel-access-log: no access log: ' + String(error).split('\n')[0]);
  } catch (_) {
    // Standard error is closed.
  }
}
