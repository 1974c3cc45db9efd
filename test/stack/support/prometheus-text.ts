// Metrics of a program as Prometheus reads them.

/** Its counters and gauges by name, summed over their series. */
export async function readMetrics(url: string): Promise<Map<string, number>> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  const sums = new Map<string, number>();
  for (const line of (await answer.text()).split('\n')) {
    const [, name, value] = /^([a-zA-Z_:][\w:]*)(?:\{.*\})? (\S+)/.exec(line) ?? [];
    if (name && value) sums.set(name, (sums.get(name) ?? 0) + Number(value));
  }
  return sums;
}
