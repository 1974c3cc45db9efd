import type { FieldDefinition } from '../../fields/definition.ts';
import type { Exchange } from '../../http/exchange.ts';
import { parseStrategy, type Strategy } from '../../options/rules/strategy.ts';
import type { Masking } from '../masking/masking.ts';
import type { RecordWriter } from '../record-writer.ts';
import { NOTES, SESSION_ID } from './attribute-names.ts';
import { CAPS } from './caps.ts';

type Fields = NonNullable<Exchange['fields']>;

/** Read once for each field; `undefined` of one that this version of the package does not know. */
const strategies = new WeakMap<FieldDefinition, Strategy | undefined>();

const HASH: Strategy = { kind: 'hash' };

/**
 * Writes what handlers have set, masked and cut.
 *
 * @param isBad whether the exchange ended badly
 * @param taken names that are left out: an option says where their values come from
 */
export function addHandlerFields(
  writer: RecordWriter,
  { definitions, values }: Fields,
  masking: Masking,
  isBad: boolean,
  taken?: ReadonlySet<string>,
): void {
  for (let at = 0; at < definitions.length; at++) {
    const field = definitions[at];
    const value = values[at];
    if (field === undefined || value === undefined || (field.when === 'bad' && !isBad)) continue;
    const { name, mask, maxLength } = field;
    if (taken?.has(name)) continue;
    const strategy = strategyOf(field);
    const isUnknown = mask !== undefined && strategy === undefined;
    // Neither a plain hash nor the value itself may stand in the place of a keyed one.
    if (isUnknown || (strategy?.kind === 'hash' && !masking.canHash)) writer.cut(name);
    else if (typeof value === 'string') {
      const shown = shownText(writer, name, value, masking, strategy);
      if (shown !== undefined) writer.addText(name, shown, maxLength);
    } else if (typeof value === 'object') {
      const shown = value.slice(0, CAPS.fieldItems).flatMap((item) => {
        return shownText(writer, name, item, masking, strategy) ?? [];
      });
      if (value.length > CAPS.fieldItems) writer.cut(name);
      if (value.length === 0) writer.add(name, []);
      writer.addTexts(name, shown, maxLength, CAPS.fieldItems);
    } else addPlain(writer, name, value, masking, strategy);
  }
  writer.endHandlerFields();
}

/** Writes the notes of an exchange that ended badly, oldest first. */
export function addNotes(writer: RecordWriter, notes: readonly string[], masking: Masking): void {
  const shown = notes.flatMap((note) => shownText(writer, NOTES, note, masking, undefined) ?? []);
  writer.addTexts(NOTES, shown, CAPS.note, CAPS.notes);
}

/** A number may be that of a card: it is masked as its text, and stays a number where that changes nothing. */
function addPlain(
  writer: RecordWriter,
  name: string,
  value: number | boolean,
  masking: Masking,
  strategy: Strategy | undefined,
): void {
  const text = String(value);
  const shown =
    typeof value === 'boolean' && strategy === undefined ? text : masking.field(name, text, strategy);
  if (shown === text) writer.add(name, value);
  else if (shown !== undefined) writer.addText(name, shown, CAPS.fieldWindow);
}

function shownText(
  writer: RecordWriter,
  name: string,
  value: string,
  masking: Masking,
  strategy: Strategy | undefined,
): string | undefined {
  if (value.length > CAPS.fieldWindow) writer.cut(name);
  return name === NOTES ? masking.text(name, value) : masking.field(name, value, strategy);
}

/** The strategy of a field: `undefined` where it has none, and for one that this version does not know. */
export function strategyOf(field: FieldDefinition): Strategy | undefined {
  const { name, mask } = field;
  // A credential: a reader of the log could go on with the session.
  if (name === SESSION_ID) return HASH;
  if (mask === undefined) return undefined;
  if (!strategies.has(field)) strategies.set(field, parseStrategy(mask));
  return strategies.get(field);
}
