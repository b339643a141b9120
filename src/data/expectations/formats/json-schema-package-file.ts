import { createRequire } from 'node:module'
import type { Ajv, ValidateFunction } from 'ajv'
import type { Ajv2019 } from 'ajv/dist/2019.js'
import type { Ajv2020 } from 'ajv/dist/2020.js'

/** Loads ajv only where a suite has a JSON schema. */
const load = createRequire(import.meta.url)

/** Drafts that ajv knows, by what a schema names in `$schema`; a schema that names none is of the newest. */
const drafts: readonly (readonly [string, () => Ajv | Ajv2019 | Ajv2020])[] = [
  [
    'https://json-schema.org/draft/2020-12/schema',
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- ajv's own types for its modules
    () => new (load('ajv/dist/2020.js') as typeof import('ajv/dist/2020.js')).Ajv2020(options),
  ],
  [
    'https://json-schema.org/draft/2019-09/schema',
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
    () => new (load('ajv/dist/2019.js') as typeof import('ajv/dist/2019.js')).Ajv2019(options),
  ],
  [
    'http://json-schema.org/draft-07/schema',
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
    () => new (load('ajv') as typeof import('ajv')).Ajv(options),
  ],
]

/** As Python's jsonschema: keywords it does not know and `format` say nothing, infinity is a number. */
const options = {
  strict: false,
  strictNumbers: false,
  validateFormats: false,
  logger: false,
  addUsedSchema: false,
} as const

/**
 * Compiles a JSON schema of draft 7, 2019-09 or 2020-12. References to other
 * documents are errors: nothing is fetched.
 *
 * @throws {Error} naming what is wrong with the schema
 */
export function compileJsonSchema(
  schema: Readonly<Record<string, unknown>>,
): (value: unknown) => boolean {
  const named = schema['$schema']
  const draft =
    named === undefined
      ? drafts[0]
      : drafts.find(([uri]) => typeof named === 'string' && named.replace(/#$/, '') === uri)
  if (draft === undefined) {
    throw new Error(
      `unknown $schema ${JSON.stringify(named)}, known are ${drafts.map(([uri]) => uri).join(', ')}`,
    )
  }
  const validate: ValidateFunction = draft[1]().compile(schema)
  return (value) => validate(value)
}
