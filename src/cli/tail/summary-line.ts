import type { Cell, Line } from '../../render/line-cells.ts';
import type { Summary } from './traffic.ts';

/** What of that which arrived is not shown. */
export interface Trouble {
  /** Exports, or lines of a file. */
  readonly unreadable: number;
  /** Records, attributes and items beyond the limits. */
  readonly leftOut: number;
}

/** `12.4 requests/s  errors 1.2%  suppressed 37  lost 0`, and what is not shown, where there is something. */
export function summaryLine(summary: Summary, { unreadable, leftOut }: Trouble): Line {
  const { requestsPerSecond, errorShare, suppressed, lost } = summary;
  const share = errorShare === undefined ? '-' : percent(errorShare);
  const cells: Cell[] = [
    { tone: 'accent', text: `${perSecond(requestsPerSecond)} requests/s` },
    { tone: errorShare ? 'error' : 'plain', text: `errors ${share}` },
    { tone: suppressed > 0 ? 'warning' : 'plain', text: `suppressed ${suppressed}` },
    { tone: lost > 0 ? 'error' : 'plain', text: `lost ${lost}` },
    ...(unreadable === 0 ? [] : [{ tone: 'error', text: `unreadable ${unreadable}` } as const]),
    ...(leftOut === 0 ? [] : [{ tone: 'warning', text: `left out ${leftOut}` } as const]),
  ];
  return cells.flatMap((one, index) => (index === 0 ? [one] : [{ tone: 'plain', text: '  ' } as const, one]));
}

/** `1234 requests  errors 1.2%  suppressed 37  lost 0  end of the file`: a file has no rate. */
export function fileSummaryLine(summary: Summary, trouble: Trouble, isRead: boolean): Line {
  const { requests, errors } = summary;
  const share = requests === 0 ? undefined : errors / requests;
  const [, , ...rest] = summaryLine({ ...summary, errorShare: share }, trouble);
  return [
    { tone: 'accent', text: `${requests} requests` },
    { tone: 'plain', text: '  ' },
    ...rest,
    { tone: 'faint', text: isRead ? '  end of the file' : '  reading' },
  ];
}

/** What there was in all, for the end. */
export function totalText(
  { requests, errors, suppressed, lost }: Summary,
  { unreadable, leftOut }: Trouble,
): string {
  const share = requests === 0 ? '' : ` (${percent(errors / requests)})`;
  const unread = unreadable === 0 ? '' : `, unreadable ${unreadable}`;
  const rest = `${unread}${leftOut === 0 ? '' : `, left out ${leftOut}`}`;
  return `requests ${requests}, errors ${errors}${share}, suppressed ${suppressed}, lost ${lost}${rest}`;
}

function perSecond(rate: number): string {
  return rate < 100 ? rate.toFixed(1) : rate.toFixed(0);
}

/** One decimal, but never `0.0%` where there was an error. */
function percent(share: number): string {
  const text = (share * 100).toFixed(1);
  return share > 0 && text === '0.0' ? '<0.1%' : `${text}%`;
}
