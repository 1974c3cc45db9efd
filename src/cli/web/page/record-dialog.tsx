import { useEffect, useRef, useState } from 'preact/hooks';
import { instant } from '../../../render/plain.ts';
import type { PageRecord } from '../snapshot.ts';
import { settings } from './embedded.ts';
import { textOf, valueText } from './record-text.ts';

interface DialogProps {
  readonly record: PageRecord;
  readonly onClose: () => void;
  readonly onNewer: (() => void) | undefined;
  readonly onOlder: (() => void) | undefined;
}

/** One record in full. */
export function RecordDialog({ record, onClose, onNewer, onOlder }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowUp') onNewer?.();
    if (event.key === 'ArrowDown') onOlder?.();
  };
  const { method, target, status, tone } = textOf(record);
  const { time, severityNumber, severityText, eventName, body, traceId, spanId, scope } = record;
  return (
    <dialog ref={dialog} onClose={onClose} onKeyDown={onKey} aria-labelledby="record-title">
      <header>
        <h2 id="record-title">
          <span class="status" style={{ '--c': `var(--t-${tone})` }}>
            {status}
          </span>{' '}
          {method} {target}
        </h2>
        <button
          type="button"
          disabled={onNewer === undefined}
          onClick={() => onNewer?.()}
          aria-label="Newer record"
        >
          ▴
        </button>
        <button
          type="button"
          disabled={onOlder === undefined}
          onClick={() => onOlder?.()}
          aria-label="Older record"
        >
          ▾
        </button>
        <button type="button" onClick={() => dialog.current?.close()} aria-label="Close">
          ✕
        </button>
      </header>
      {traceId !== undefined && <Trace traceId={traceId} />}
      <Section
        title="Record"
        members={{
          time: instant(BigInt(time)),
          severity: `${severityNumber} ${severityText ?? ''}`,
          'event name': eventName,
          body,
          'span id': spanId,
          scope: `${scope.name} ${scope.version}`,
        }}
      />
      <Section title="Attributes" members={sorted(record.attributes)} />
      <Section title="Resource" members={sorted(record.resource)} />
    </dialog>
  );
}

function Trace({ traceId }: { readonly traceId: string }) {
  const [isCopied, setIsCopied] = useState(false);
  const { traceUrl } = settings;
  useEffect(() => setIsCopied(false), [traceId]);
  const copy = (): void => {
    navigator.clipboard?.writeText(traceId).then(
      () => setIsCopied(true),
      () => setIsCopied(false),
    );
  };
  return (
    <p class="trace">
      <span class="note">trace</span> <code id="trace-id">{traceId}</code>{' '}
      <button type="button" onClick={copy}>
        {isCopied ? 'Copied' : 'Copy'}
      </button>{' '}
      {traceUrl !== null && (
        <a href={traceUrl.replaceAll('{traceId}', traceId)} target="_blank" rel="noreferrer noopener">
          Open the trace
        </a>
      )}
    </p>
  );
}

function Section({
  title,
  members,
}: {
  readonly title: string;
  readonly members: Readonly<Record<string, unknown>>;
}) {
  return (
    <section>
      <h3>{title}</h3>
      <dl>
        {Object.entries(members).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{valueText(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function sorted(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1)));
}
