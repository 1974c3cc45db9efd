/** `otel-access-log/fields`: fields and notes of handlers. Loads nothing else, so that any library may import it. */
export type { FieldOptions, FieldValue } from './definition.ts';
export { createField, type Field } from './field.ts';
export { note } from './note.ts';
