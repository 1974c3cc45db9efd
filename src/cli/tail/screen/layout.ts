import { type Cell, displayWidth, fit, type Line, padEnd, plainText } from '../../../render/line-cells.ts';
import { type Column, type ExchangeRow, GAP, type Row, spaced } from './row.ts';

/** From left to right. */
const ORDER: readonly Column[] = [
  ...(['time', 'status', 'duration', 'bar', 'trace', 'client', 'service'] as const),
  ...(['outcome', 'method', 'route', 'target'] as const),
];

/** Always there. What they leave is for the path, and for what follows here. */
const FIXED = { status: 3, duration: 7 } as const;
const METHOD = { least: 6, most: 7 } as const;
/** Columns that the path has before another column gets room. */
const PATH = 24;
/** Of them, beside what went wrong. */
const PATH_BESIDE = 14;

/** In the order in which columns get room, each up to so many characters; some get more when all have some. */
const BY_PRIORITY: readonly (readonly [column: Column, width: number])[] = [
  ['outcome', 9],
  ['time', 8],
  ['bar', 8],
  ['service', 24],
  ['client', 15],
  ['route', 24],
  ['trace', 8],
  ['time', 13],
  ['client', 39],
  ['route', 40],
];

const TITLES: Readonly<Record<Column, string>> = {
  time: 'UTC',
  status: '',
  duration: '   took',
  // The legend of the bar.
  bar: '┿p50╂p95',
  trace: 'trace',
  client: 'client',
  service: 'service',
  outcome: 'outcome',
  method: 'method',
  route: 'route',
  target: 'path',
};

type Widths = ReadonlyMap<Column, number>;

export interface Table {
  readonly titles: Line;
  readonly lines: readonly Line[];
}

/**
 * Rows in columns that are as wide as these rows need, so that a long address widens them for as long as it is seen.
 * Where there is not room for all, columns yield by priority.
 *
 * @param columns of the terminal
 */
export function layOut(
  rows: readonly Row[],
  { columns, hasServices }: { readonly columns: number; readonly hasServices: boolean },
): Table {
  const widths = widthsOf(rows, columns, hasServices);
  const titles = ORDER.filter((column) => widths.has(column)).map(
    (column): Cell => ({ tone: 'faint', text: padEnd(TITLES[column], widths.get(column) ?? 0) }),
  );
  return {
    titles: fit(spaced(titles), columns),
    lines: rows.map((row) =>
      fit(row.kind === 'exchange' ? exchangeLine(row, widths) : textLine(row, widths), columns),
    ),
  };
}

function widthsOf(rows: readonly Row[], columns: number, hasServices: boolean): Widths {
  const exchanges = rows.filter((row) => row.kind === 'exchange');
  const needed = (column: Column): number =>
    Math.max(
      0,
      ...exchanges.map(({ cells }) => (cells[column].text === '-' ? 0 : displayWidth(cells[column].text))),
    );
  const widths = new Map<Column, number>([
    ...(Object.entries(FIXED) as [Column, number][]),
    ['method', Math.min(METHOD.most, Math.max(METHOD.least, needed('method')))],
  ]);
  let room = columns;
  for (const width of widths.values()) room -= width + GAP.text.length;
  for (const [column, most] of BY_PRIORITY) {
    const before = widths.get(column);
    const isEmpty =
      column === 'service' ? !hasServices : column !== 'time' && column !== 'bar' && needed(column) === 0;
    if (isEmpty) continue;
    const width = Math.min(most, widthNeeded(column, needed(column)));
    const more = before === undefined ? width + GAP.text.length : width - before;
    if (more <= 0) continue;
    if (room - more < PATH) break;
    widths.set(column, width);
    room -= more;
  }
  return widths.set('target', Math.max(1, room));
}

/** Columns that are there in any case, so that they do not come and go with what is seen. */
function widthNeeded(column: Column, needed: number): number {
  if (column === 'time') return 13;
  if (column === 'bar') return 8;
  return Math.max(needed, TITLES[column].length, column === 'route' ? 12 : 0, column === 'client' ? 15 : 0);
}

function exchangeLine({ cells, isTargetRoute, rest }: ExchangeRow, widths: Widths): Line {
  const room = widths.get('target') ?? 0;
  const isShown = isTargetRoute && (widths.get('route') ?? 0) >= displayWidth(cells.route.text);
  const shown = ORDER.filter((column) => widths.has(column) && !(column === 'target' && isShown));
  const line = shown.map((column) => {
    const cell = cells[column];
    return column === 'target' ? cell : inWidth(column, cell, widths.get(column) ?? 0);
  });
  if (rest.length === 0 || isShown) return spaced([...line, ...rest]);
  // What went wrong is seen beside a long path too.
  const needed = displayWidth(plainText(spaced(rest))) + GAP.text.length;
  const path = fit([cells.target], Math.max(Math.min(PATH_BESIDE, room), room - needed));
  return spaced([...line.slice(0, -1), ...path, ...rest]);
}

function textLine({ time, service, text }: Extract<Row, { kind: 'text' }>, widths: Widths): Line {
  const of = (column: Column, cell: Cell): Cell[] => {
    const width = widths.get(column);
    return width === undefined ? [] : [inWidth(column, cell, width)];
  };
  return spaced([...of('time', time), ...of('service', service), ...text]);
}

function inWidth(column: Column, { tone, text }: Cell, width: number): Cell {
  if (column === 'time') return { tone, text: text.slice(0, width) };
  if (column === 'client')
    return { tone, text: padEnd(plainText(fit([{ tone, text: shortAddress(text, width) }], width)), width) };
  return { tone, text: padEnd(plainText(fit([{ tone, text }], width)), width) };
}

/** Without its middle: networks differ at the beginning, hosts of one network at the end. */
function shortAddress(text: string, width: number): string {
  if (text.length <= width) return text;
  const end = Math.floor((width - 1) / 2);
  return `${text.slice(0, width - 1 - end)}…${text.slice(text.length - end)}`;
}
