import { type Option, optionNames, optionSchema, variableOf } from '../schema.ts';
import type { JsonSchema } from '../values/values.ts';

/** The JSON Schema of the configuration file. Of draft-07, the one that editors know best. */
export interface ConfigJsonSchema {
  readonly $schema: string;
  readonly title: string;
  readonly description: string;
  readonly type: readonly ['object', 'null'];
  readonly properties: Readonly<Record<string, DescribedJsonSchema>>;
  readonly additionalProperties: false;
}

interface DescribedJsonSchema extends JsonSchema {
  readonly description: string;
  readonly default?: unknown;
}

/**
 * The options as a JSON Schema for editors, which accepts exactly the files that the resolver accepts, apart from texts with a
 * unit that are too large or too small. It is made of the
 * `jsonSchema` of each kind of value: a converter of valibot schemas cannot translate checks that are functions.
 */
export function configJsonSchema(): ConfigJsonSchema {
  const options = optionNames.map((name): [string, DescribedJsonSchema] => {
    const option: Option<unknown> = optionSchema[name];
    return [
      name,
      { ...option.jsonSchema, default: option.default, description: description(option, variableOf(name)) },
    ];
  });
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'otel-access-log',
    description: 'Configuration file of otel-access-log, named by ACCESS_LOG_CONFIG.',
    // `null` is a file without any keys, such as one of comments only.
    type: ['object', 'null'],
    properties: {
      $schema: {
        type: 'string',
        description: 'where an editor finds this schema; without a meaning for the access log',
      },
      ...Object.fromEntries(options),
    },
    additionalProperties: false,
  };
}

function description({ meaning, unit }: Option<unknown>, variable: string): string {
  const inUnit = unit === undefined ? '' : ` Unit: ${unit}${otherUnits(unit)}.`;
  return `${meaning}.${inUnit} In the environment: ${variable}.`;
}

/** How a value is given in another unit. */
function otherUnits(unit: Option<unknown>['unit']): string {
  if (unit === 'ms') return ', or as a text 250ms, 2s, 5m, 1h';
  return unit === 'MiB' ? ', or as a text 16MiB, 1GiB' : '';
}
