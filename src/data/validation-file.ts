/** Suites and validation results on the disk. */

import { ToolkitError } from '../core/errors.ts'
import { parseJsonText } from '../core/json.ts'
import { isJsonObject, type JsonObject } from './expectations/outcome.ts'
import { parseSuite } from './expectations/parse-suite.ts'
import type { Suite } from './expectations/suite.ts'
import { readTextFile } from './read-text-file.ts'

/** Reads a suite of Great Expectations 1.x. @throws {ToolkitError} `FILE_MISSING`, `FILE_READ_FAILED`, `SUITE_INVALID` */
export async function readSuite(path: string): Promise<Suite> {
  const wanted = { what: 'suite', hint: 'write one in the form of Great Expectations 1.x' }
  return parseSuite(await readTextFile(path, wanted), path)
}

/** Reads values of a suite's parameters: one JSON object. @throws {ToolkitError} `FILE_MISSING`, `FILE_READ_FAILED`, `SUITE_INVALID` */
export async function readParameters(path: string): Promise<JsonObject> {
  const text = await readTextFile(path, {
    what: 'parameters',
    hint: 'write a JSON object of names and values',
  })
  const parsed = parseJsonText(text)
  if (isJsonObject(parsed)) return parsed
  throw new ToolkitError('SUITE_INVALID', `${path} is no JSON object`, {
    hint: 'write {"name": value, …}',
  })
}
