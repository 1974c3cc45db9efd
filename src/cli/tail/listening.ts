/** For exports under way to be answered at the end, so that applications report none that broke. */
export const CLOSING_MS = 1000;

/** `http://127.0.0.1:4317`, as for `OTEL_EXPORTER_OTLP_ENDPOINT`. */
export function receiverUrl(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Why nothing can be received there, and what to do about it. */
export function cannotListen(error: unknown, host: string): string {
  const { code, port, message }: { code?: unknown; port?: unknown; message?: unknown } =
    error instanceof Error ? error : {};
  if (code === 'EADDRINUSE') {
    return `port ${port} on ${host} is in use. Which process: \`lsof -i :${port}\` or \`ss -ltnp\`; other ports: --port 14317 (HTTP takes the next one)`;
  }
  if (code === 'EACCES') return `port ${port} on ${host} is not allowed; another one: --port 14317`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `--host: expected an address of this machine, got ${JSON.stringify(host)}`;
  }
  return String(message ?? error);
}
