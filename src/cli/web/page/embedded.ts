import type { PageSettings, ReportData } from '../snapshot.ts';

/** What stands in the document. */
export const settings: PageSettings = embedded<PageSettings>('settings') ?? {
  source: '',
  isLive: false,
  traceUrl: null,
  version: '',
};

/** `undefined` where a server is asked. */
export const report: ReportData | undefined = embedded<ReportData>('report');

function embedded<Value>(id: string): Value | undefined {
  const text = document.getElementById(id)?.textContent;
  return text ? (JSON.parse(text) as Value) : undefined;
}
