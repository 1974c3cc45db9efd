// Panels in the few shapes that the dashboard uses. Types: Grafana's own schema.
import type { DataTransformerConfig, GridPos, Panel } from '@grafana/schema';
import type { LokiDataQuery } from '@grafana/schema/dist/esm/raw/composable/loki/dataquery/x/LokiDataQuery_types.gen';

export type Query = Pick<LokiDataQuery, 'expr' | 'legendFormat' | 'maxLines'>;

export interface PanelSpec {
  readonly title: string;
  /** The `i` beside the title: what the numbers are, and are not. */
  readonly description: string;
  readonly queries: readonly Query[];
  /** Grafana's unit: `short`, `s`, `reqps`. Default `short`. */
  readonly unit?: string;
}

export interface TableSpec extends PanelSpec {
  /** From the frames of the queries to the table. */
  readonly transformations: readonly DataTransformerConfig[];
}

export const LOKI = { type: 'loki', uid: '$datasource' };

/** One number per query, about the whole time range. */
export function stat(spec: PanelSpec): Panel {
  return {
    ...panel('stat', spec, 'instant'),
    options: {
      graphMode: 'none',
      colorMode: 'value',
      textMode: 'value_and_name',
      justifyMode: 'auto',
      orientation: 'auto',
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    },
  };
}

export function timeSeries(spec: PanelSpec, draw: 'bars' | 'line'): Panel {
  const bars = { drawStyle: 'bars', fillOpacity: 70, lineWidth: 0, stacking: { mode: 'normal', group: 'A' } };
  const line = { drawStyle: 'line', fillOpacity: 0, lineWidth: 1, showPoints: 'auto', spanNulls: false };
  const { fieldConfig, ...base } = panel('timeseries', spec, 'range');
  return {
    ...base,
    fieldConfig: {
      overrides: [],
      defaults: { ...fieldConfig?.defaults, min: 0, custom: draw === 'bars' ? bars : line },
    },
    options: {
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  };
}

/** A row per series of an instant query. */
export function table(spec: TableSpec): Panel {
  return asTable(spec, 'instant');
}

/** A row per line of a log query. */
export function tableOfLines(spec: TableSpec): Panel {
  return asTable(spec, 'range');
}

/** Lines as they are; a click shows all attributes, and the link to the trace. */
export function logs(spec: PanelSpec): Panel {
  return {
    ...panel('logs', spec, 'range'),
    options: {
      showTime: true,
      wrapLogMessage: true,
      enableLogDetails: true,
      prettifyLogMessage: false,
      dedupStrategy: 'none',
      sortOrder: 'Descending',
      showLabels: false,
      showCommonLabels: false,
    },
  };
}

function asTable(spec: TableSpec, queryType: 'instant' | 'range'): Panel {
  return {
    ...panel('table', spec, queryType),
    transformations: [...spec.transformations],
    options: { showHeader: true, cellHeight: 'sm' },
  };
}

function panel(type: string, spec: PanelSpec, queryType: 'instant' | 'range'): Panel {
  return {
    type,
    title: spec.title,
    description: spec.description,
    datasource: LOKI,
    targets: spec.queries.map((query, index) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + index),
      datasource: LOKI,
      editorMode: 'code',
      queryType,
      ...query,
    })),
    fieldConfig: { overrides: [], defaults: { unit: spec.unit ?? 'short' } },
  };
}

/** Panels side by side, in rows of Grafana's 24 columns; each row with its height. */
export function arrange(rows: readonly (readonly [height: number, ...Panel[]])[]): Panel[] {
  let y = 0;
  let id = 0;
  return rows.flatMap(([h, ...panels]) => {
    const w = 24 / panels.length;
    const placed = panels.map((one, index): Panel => {
      const gridPos: GridPos = { x: index * w, y, w, h };
      id += 1;
      return { id, gridPos, ...one };
    });
    y += h;
    return placed;
  });
}
