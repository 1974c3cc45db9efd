import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { FailuresChart, LatencyChart, TrafficChart } from './charts/charts.tsx';
import { settings } from './embedded.ts';
import { type Choice, useData } from './live-data.ts';
import { count } from './numbers.ts';
import { ProcessList } from './processes.tsx';
import { Records } from './records.tsx';
import { Tables } from './tables.tsx';
import { THEMES, useTheme } from './theme.ts';
import { Tiles } from './tiles.tsx';
import 'uplot/dist/uPlot.min.css';
import './styles/theme.css';
import './styles/layout.css';
import './styles/panels.css';
import './styles/records.css';
import './styles/narrow.css';

function Page() {
  const [theme, effective, setTheme] = useTheme();
  const [choice, setChoice] = useState<Choice>({ table: 'routes', sort: 'count', isDescending: true });
  const [filter, setFilter] = useState('');
  const [isPaused, setIsPaused] = useState(false);
  const { snapshot, table, isConnected } = useData(choice);
  const nextTheme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'auto';

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const isTyping = event.target instanceof HTMLInputElement;
      if (isTyping && event.key === 'Escape') setFilter('');
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === '/') {
        event.preventDefault();
        document.getElementById('filter')?.focus();
      }
      if (event.key === 'p' && settings.isLive) setIsPaused((before) => !before);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);

  const filterBy = (text: string): void => {
    setFilter(text);
    document.getElementById('records')?.scrollIntoView({ block: 'start' });
  };
  const timeline = snapshot?.timeline;
  return (
    <>
      <header class="top">
        <h1>Access log</h1>
        <span class="source">
          <i class={isConnected ? (settings.isLive ? 'dot live' : 'dot') : 'dot gone'} />
          <span role="status">{sourceText(isConnected)}</span>
        </span>
        <button
          type="button"
          id="theme"
          onClick={() => setTheme(nextTheme)}
          aria-label={`Theme: ${theme}, change to ${nextTheme}`}
        >
          {{ auto: '◐', light: '☀', dark: '☾' }[theme]} {theme}
        </button>
      </header>
      <main>
        {snapshot === undefined ? (
          <p class="note">waiting for the first numbers …</p>
        ) : (
          <>
            <Tiles snapshot={snapshot} />
            {trouble(snapshot.unreadable, snapshot.leftOut)}
            {timeline ? (
              <div class="charts">
                <TrafficChart timeline={timeline} theme={effective} />
                <FailuresChart timeline={timeline} theme={effective} />
                <LatencyChart
                  title="Time to the head"
                  points={timeline.head}
                  total={snapshot.head}
                  {...{ timeline, theme: effective }}
                />
                <LatencyChart
                  title="Duration"
                  points={timeline.duration}
                  total={snapshot.duration}
                  {...{ timeline, theme: effective }}
                />
              </div>
            ) : (
              <p class="note">No record with a time so far.</p>
            )}
            <Tables
              {...{ table, choice }}
              requests={snapshot.totals.requests}
              onChoose={setChoice}
              onFilter={filterBy}
            />
            <ProcessList processes={snapshot.processes} />
          </>
        )}
        <Records filter={filter} onFilter={setFilter} isPaused={isPaused} onPause={setIsPaused} />
      </main>
      <footer class="note">
        Times are UTC. Keys: <kbd>/</kbd> filter
        {settings.isLive && (
          <>
            , <kbd>p</kbd> pause
          </>
        )}
        , <kbd>↑</kbd> <kbd>↓</kbd> records, <kbd>Enter</kbd> one in full, <kbd>Esc</kbd> closes.
        otel-access-log {settings.version}
      </footer>
    </>
  );
}

function sourceText(isConnected: boolean): string {
  if (!isConnected) return 'tail has ended, or does not answer';
  return settings.isLive ? `receiving on ${settings.source}, the last ten minutes` : settings.source;
}

function trouble(unreadable: number, leftOut: number) {
  if (unreadable === 0 && leftOut === 0) return null;
  const what = settings.isLive ? 'exports' : 'lines';
  return (
    <p class="card trouble" role="status">
      Not shown: {count(unreadable)} {what} that could not be read, {count(leftOut)} records or values beyond
      the limits.
    </p>
  );
}

const place = document.getElementById('page');
if (place !== null) render(<Page />, place);
