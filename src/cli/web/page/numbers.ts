import { bytes, duration } from '../../../render/plain.ts';

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

/** `12,345` */
export function count(value: number): string {
  return WHOLE.format(value);
}

/** `12.3K`, for axes. */
export function shortCount(value: number): string {
  return SHORT.format(value);
}

/** Per second; one decimal below a hundred. */
export function rate(value: number): string {
  return value < 100 ? value.toFixed(1) : count(value);
}

/** Per second, of what is seldom: three digits. */
export function smallRate(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** `10s`, without decimals where they are none. */
export function axisSeconds(value: number): string {
  return duration(value).replace(/\.0+(?=\D)/, '');
}

/** One decimal, but never `0.0 %` where there is something, nor `100.0 %` where something is missing. */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return '–';
  const text = (share * 100).toFixed(1);
  if (share > 0 && text === '0.0') return '<0.1 %';
  if (share < 1 && text === '100.0') return '>99.9 %';
  return `${text} %`;
}

export function seconds(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : duration(value);
}

export function size(value: number): string {
  return bytes(value);
}
