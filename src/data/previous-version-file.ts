import { basename } from 'node:path'
import { ToolkitError } from '../core/errors.ts'
import { isObject, parseJsonText } from '../core/json.ts'
import type { PreviousVersion } from './compare-validations.ts'
import { isSeverity, type Suite } from './expectations/suite.ts'
import type { ValidationResult } from './expectations/validation-result.ts'
import { isProfileText } from './profile/parse-profile.ts'
import { readProfile } from './profile/profile-file.ts'
import { readHead } from './reading/read-head-file.ts'
import { readTextFile } from './read-text-file.ts'
import { holdFile, type ValidateFileOptions } from './validate-table-file.ts'

/**
 * The version of the data before: a stored profile, the JSON of a result, or a
 * table file, which is then held against the same suite.
 *
 * @param options.hasEvidence - whether there is a report that shows its columns
 * @throws {ToolkitError} `FILE_MISSING`, `FILE_READ_FAILED`, `DATA_FILE_INVALID`
 */
export async function readPreviousVersion(
  path: string,
  suite: Suite,
  options: ValidateFileOptions & { readonly hasEvidence: boolean },
): Promise<PreviousVersion> {
  const name = basename(path)
  const head = (await readHead(path, 200)).toString('utf8')
  if (isProfileText(head)) return { name, profile: await readProfile(path) }
  if (/^\s*\{\s*"success"\s*:/.test(head)) return { name, result: await readResult(path) }
  const { result, evidence } = await holdFile(path, suite, options)
  return { name, result, ...(evidence !== undefined && { profile: evidence.profile }) }
}

async function readResult(path: string): Promise<ValidationResult> {
  const text = await readTextFile(path, { what: 'result', hint: 'check the path' })
  const value = parseJsonText(text)
  if (isResult(value)) return value
  throw new ToolkitError('DATA_FILE_INVALID', `${path} is no result of a validation`, {
    hint: "name a table file, a profile of 'mlpt profile --output', or what 'mlpt validate --json' printed",
  })
}

/** Whether all that is read of a version before is there; the rest of a result is not looked at. */
function isResult(value: unknown): value is ValidationResult {
  return isObject(value) && Array.isArray(value['results']) && value['results'].every(isOneResult)
}

function isOneResult(value: unknown): boolean {
  if (!isObject(value) || typeof value['success'] !== 'boolean') return false
  const { expectation_config: config } = value
  return (
    isObject(config) &&
    typeof config['type'] === 'string' &&
    isObject(config['kwargs']) &&
    isSeverity(config['severity'] ?? 'critical') &&
    isObject(value['result']) &&
    isObject(value['exception_info'])
  )
}
