/**
 * What is used of valibot. The build puts it into this one file, which spares applications 2 MB of `node_modules`; more
 * of it is added here first.
 */
export {
  array,
  type BaseIssue,
  boolean,
  check,
  finite,
  type GenericSchema,
  lazy,
  maxLength,
  maxValue,
  minValue,
  number,
  picklist,
  pipe,
  readonly,
  regex,
  safeInteger,
  safeParse,
  string,
  toLowerCase,
  transform,
  union,
  unknown,
} from 'valibot';
