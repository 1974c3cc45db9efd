import { instant, show } from './format.ts';
import { type Line, paintLine } from './line-cells.ts';
import type { ReceivedRecord } from './received-record.ts';
import { createPaint, printable } from './terminal.ts';

/** The whole record, every field of it, on several lines; texts are quoted, so that `"200"` and `200` differ. */
export function renderFull(record: ReceivedRecord, options: { readonly colours?: boolean } = {}): string {
  const paint = createPaint(options.colours ?? false);
  return fullLines(record)
    .map((line) => paintLine(line, paint))
    .join('\n');
}

/** As {@link renderFull}, before it is painted. */
export function fullLines(record: ReceivedRecord): Line[] {
  const { severityNumber, severityText, scope } = record;
  const sections: [string, readonly (readonly [string, string])[]][] = [
    [
      'record',
      [
        ['event name', show(record.eventName)],
        ['time', instant(record.timeUnixNano)],
        ['observed', instant(record.observedTimeUnixNano)],
        [
          'severity',
          `${severityNumber} ${severityText === undefined ? '' : printable(severityText)}`.trimEnd(),
        ],
        ['body', show(record.body)],
        ['trace id', record.traceId ?? '-'],
        ['span id', record.spanId ?? '-'],
        ['flags', record.flags.toString(16).padStart(2, '0')],
      ],
    ],
    ['attributes', pairsOf(record.attributes)],
    ['resource', pairsOf(record.resource)],
    [
      'scope',
      [
        ['name', show(scope.name)],
        ['version', show(scope.version)],
      ],
    ],
  ];
  const width = Math.max(...sections.flatMap(([, pairs]) => pairs.map(([name]) => name.length)));
  return sections.flatMap(([title, pairs]) => linesOf(title, pairs, width));
}

function pairsOf(values: Readonly<Record<string, unknown>>): [string, string][] {
  return Object.keys(values)
    .sort()
    .map((name) => [printable(name), show(values[name])]);
}

function linesOf(title: string, pairs: readonly (readonly [string, string])[], width: number): Line[] {
  return [
    [{ tone: 'accent', text: title }],
    ...pairs.map(
      ([name, value]): Line => [
        { tone: 'plain', text: '  ' },
        { tone: 'faint', text: name.padEnd(width) },
        { tone: 'plain', text: `  ${value}` },
      ],
    ),
  ];
}
