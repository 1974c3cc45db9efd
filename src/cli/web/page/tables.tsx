import type { SortName, TableName, TableRow } from '../snapshot.ts';
import { TABLES } from '../snapshot.ts';
import { SparkLine } from './charts/spark-line.tsx';
import type { Choice, ShownTable } from './live-data.ts';
import { count, percent, seconds, size } from './numbers.ts';

const TITLES: Readonly<Record<TableName, string>> = {
  routes: 'Routes',
  clients: 'Clients',
  agents: 'User agents',
  statuses: 'Statuses',
  services: 'Services',
};

const KEYS: Readonly<Record<TableName, string>> = {
  routes: 'Route',
  clients: 'Client',
  agents: 'User agent',
  statuses: 'Status',
  services: 'Service',
};

interface Column {
  readonly sort: SortName;
  readonly title: string;
  readonly text: (row: Omit<TableRow, 'key' | 'spark'>, requests: number) => string;
  /** Left out where there is little room. */
  readonly isMinor?: boolean;
  readonly only?: TableName;
}

const COLUMNS: readonly Column[] = [
  { sort: 'count', title: 'Count', text: (row) => count(row.count) },
  { sort: 'count', title: 'Share', text: (row, requests) => percent(row.count / requests), isMinor: true },
  {
    sort: 'errorRate',
    title: 'Errors',
    text: (row) => (row.errors === 0 ? '0' : percent(row.errors / row.count)),
  },
  { sort: 'p50', title: 'p50', text: (row) => seconds(row.p50), isMinor: true },
  { sort: 'p95', title: 'p95', text: (row) => seconds(row.p95) },
  { sort: 'p99', title: 'p99', text: (row) => seconds(row.p99), isMinor: true },
  { sort: 'bytes', title: 'Bytes', text: (row) => size(row.bytes), isMinor: true },
  { sort: 'missing', title: 'Not seen', text: (row) => count(row.missing), isMinor: true, only: 'routes' },
];

interface TablesProps {
  readonly table: ShownTable | undefined;
  readonly requests: number;
  readonly choice: Choice;
  readonly onChoose: (choice: Choice) => void;
  readonly onFilter: (text: string) => void;
}

/** What there was, by route, client, …: one table at a time. */
export function Tables({ table, requests, choice, onChoose, onFilter }: TablesProps) {
  const select = (name: TableName): void => onChoose({ table: name, sort: 'count', isDescending: true });
  const onKey = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    const next = TABLES.at((TABLES.indexOf(choice.table) + step) % TABLES.length) ?? 'routes';
    select(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <section class="card tables" aria-label="Tables">
      <div role="tablist" aria-label="Tables" onKeyDown={onKey}>
        {TABLES.map((name) => (
          <button
            key={name}
            id={`tab-${name}`}
            type="button"
            role="tab"
            aria-selected={choice.table === name}
            aria-controls="table"
            tabIndex={choice.table === name ? 0 : -1}
            onClick={() => select(name)}
          >
            {TITLES[name]}
          </button>
        ))}
      </div>
      <div id="table" role="tabpanel" aria-labelledby={`tab-${choice.table}`}>
        {table?.name === choice.table && <Rows {...{ table, requests, choice, onChoose, onFilter }} />}
      </div>
    </section>
  );
}

function Rows({ table, requests, choice, onChoose, onFilter }: TablesProps & { readonly table: ShownTable }) {
  const columns = COLUMNS.filter(({ only }) => only === undefined || only === table.name);
  const sortBy = (sort: SortName): void => {
    const isDescending = choice.sort === sort ? !choice.isDescending : sort !== 'key';
    onChoose({ ...choice, sort, isDescending });
  };
  const order = (sort: SortName) =>
    choice.sort !== sort ? undefined : choice.isDescending ? ('descending' as const) : ('ascending' as const);
  const hidden = table.keys - table.rows.length;
  return (
    <>
      <table>
        <caption class="visually-hidden">{TITLES[table.name]}, a row filters the records</caption>
        <thead>
          <tr>
            <Head
              title={KEYS[table.name]}
              order={order('key')}
              onSort={() => sortBy('key')}
              className="key"
            />
            {columns.map(({ sort, title, isMinor }) => (
              <Head
                key={title}
                title={title}
                order={title === 'Share' ? undefined : order(sort)}
                onSort={() => sortBy(sort)}
                className={isMinor ? 'minor' : ''}
              />
            ))}
            <th scope="col" class="minor">
              Over time
            </th>
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row) => (
            <tr key={row.key}>
              <th scope="row" class="key">
                <button type="button" title={row.key} onClick={() => onFilter(filterOf(table.name, row.key))}>
                  {row.key}
                </button>
                <span class="bar" style={{ width: percentWidth(row.count / requests) }} />
              </th>
              {columns.map(({ title, text, isMinor, sort }) => (
                <td
                  key={title}
                  class={`${isMinor ? 'minor' : ''} ${sort === 'errorRate' && row.errors > 0 ? 'bad' : ''}`}
                >
                  {text(row, requests)}
                </td>
              ))}
              <td class="minor spark">
                <SparkLine values={row.spark} />
              </td>
            </tr>
          ))}
          {table.others !== null && (
            <tr class="others">
              <th scope="row" class="key">
                all others
              </th>
              {columns.map(({ title, text, isMinor }) => (
                <td key={title} class={isMinor ? 'minor' : ''}>
                  {table.others !== null && text(table.others, requests)}
                </td>
              ))}
              <td class="minor" />
            </tr>
          )}
        </tbody>
      </table>
      {hidden > 0 && <p class="note">and {count(hidden)} more rows, behind these in this order</p>}
    </>
  );
}

interface HeadProps {
  readonly title: string;
  readonly order: 'ascending' | 'descending' | undefined;
  readonly onSort: () => void;
  readonly className: string;
}

function Head({ title, order, onSort, className }: HeadProps) {
  return (
    <th scope="col" class={className} {...(order === undefined ? {} : { 'aria-sort': order })}>
      <button type="button" onClick={onSort}>
        {title}
        <span aria-hidden="true">{order === undefined ? '' : order === 'descending' ? ' ▾' : ' ▴'}</span>
      </button>
    </th>
  );
}

function percentWidth(share: number): string {
  return Number.isFinite(share) ? `${Math.min(100, share * 100).toFixed(1)}%` : '0';
}

/** The filter that leaves the records of a row. */
function filterOf(table: TableName, key: string): string {
  switch (table) {
    case 'routes':
      return key.endsWith(' without a route')
        ? `http.request.method${equals(key.slice(0, -' without a route'.length))}`
        : `http.route${equals(key)}`;
    case 'clients':
      return `client.address${equals(key)}`;
    case 'agents':
      return `user_agent.original${equals(key)}`;
    case 'statuses':
      return key.startsWith('none: ') ? `access_log.outcome=${key.slice('none: '.length)}` : `status:${key}`;
    case 'services':
      return `service.name${equals(key)}`;
  }
}

/** A key that was cut, or has a quote in it, is looked for by its beginning. */
function equals(key: string): string {
  const beginning = key.split(/["…]/)[0] ?? '';
  return beginning === key ? `="${key}"` : `~"${beginning}"`;
}
