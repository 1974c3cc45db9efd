import { DETECTORS } from '../groups/privacy-options.ts';
import type { Option } from '../option.ts';
import { MAX_ITEMS } from '../values/values.ts';
import { COOKIES, HEADERS, nameRulesSchema, QUERY } from './name-rules.ts';
import { pathTemplatesSchema } from './path-templates.ts';
import { ATTRIBUTE_NAME, patternsSchema } from './pattern-rules.ts';
import { runtimeOptions } from './runtime-settings.ts';
import { HIDING_STRATEGY } from './strategy-text.ts';

/**
 * The rules file as a JSON Schema (draft-07) for editors. What it takes, `parseRulesFile` takes, apart from what a schema
 * cannot see: mistakes in a regular expression, names that differ in capitals only, names that come twice, names that a
 * template does not have, and hashes without a key.
 */
export function rulesJsonSchema(): object {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'otel-access-log rules',
    description: 'Rules file of otel-access-log, named by ACCESS_LOG_RULES.',
    type: 'object',
    properties: {
      $schema: {
        type: 'string',
        description: 'where an editor finds this schema; without a meaning for the access log',
      },
      version: { enum: [1], description: 'version of this format' },
      allow: {
        type: 'array',
        items: { type: 'string', pattern: ATTRIBUTE_NAME.source },
        maxItems: MAX_ITEMS,
        description: 'attributes at which detectors and patterns do not look',
      },
      detect: {
        type: ['object', 'null'],
        properties: Object.fromEntries(DETECTORS.map((name) => [name, detectorSchema])),
        additionalProperties: false,
        description: 'detectors, added to ACCESS_LOG_DETECT, each with what becomes of what it finds, or off',
      },
      query: {
        ...nameRulesSchema(QUERY),
        description: 'parameters of queries by their names; * hides every parameter that is not named',
      },
      cookies: {
        ...nameRulesSchema(COOKIES),
        description: 'cookies by their names, in Cookie and Set-Cookie; without a rule a value is REDACTED',
      },
      headers: {
        ...nameRulesSchema(HEADERS),
        description: 'captured headers by their names; * hides every header that is not named',
      },
      paths: {
        ...pathTemplatesSchema,
        description: 'templates of paths, such as /reset/{token}, each with what becomes of its names',
      },
      patterns: { ...patternsSchema, description: 'regular expressions, matched in linear time' },
      runtime: {
        type: ['object', 'null'],
        properties: Object.fromEntries(
          Object.entries(runtimeOptions).map(([name, option]: [string, Option<unknown>]) => [
            name,
            { ...option.jsonSchema, description: `${option.meaning}.` },
          ]),
        ),
        additionalProperties: false,
        description: 'options for an incident: they win over environment, code and configuration file',
      },
    },
    required: ['version'],
    additionalProperties: false,
  };
}

const detectorSchema = { anyOf: [{ enum: ['off'] }, HIDING_STRATEGY.jsonSchema] };
