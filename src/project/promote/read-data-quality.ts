import { join } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import { dataQualityLimits, type DataQuality } from '../../training/promotion-policy.ts'
import { layoutOf } from '../layout.ts'
import { readJson } from '../report-file.ts'
import type { StepContext } from '../step.ts'

/**
 * The worst that the validate stage found: severities of failed expectations, and findings of
 * the checks, of which an error counts as critical and a warning as warning.
 *
 * @throws {ToolkitError} `FILE_MISSING`, `DATA_FILE_INVALID`
 */
export async function readDataQuality({ directory, project }: StepContext): Promise<DataQuality> {
  const layout = layoutOf(project.name)
  const found = [
    ...(await readSeverities(join(directory, layout.validation), severitiesOfValidation)),
    ...(await readSeverities(join(directory, layout.checks), severitiesOfChecks)),
  ]
  const worst = Math.max(0, ...found.map((severity) => dataQualityLimits.indexOf(severity)))
  const severity = dataQualityLimits[worst]!
  return severity === 'off' ? 'sound' : severity
}

type Severity = Exclude<DataQuality, 'sound'>

async function readSeverities(
  path: string,
  parse: (value: unknown) => readonly Severity[] | undefined,
): Promise<readonly Severity[]> {
  const hint = "make it with 'mlpt run'"
  const severities = parse(await readJson(path, hint))
  if (severities !== undefined) return severities
  throw new ToolkitError('DATA_FILE_INVALID', `${path} is no report of mlpt validate`, { hint })
}

function severitiesOfValidation(value: unknown): readonly Severity[] | undefined {
  if (!isObject(value) || !isObject(value['meta'])) return undefined
  const highest = value['meta']['highest_failing_severity'] ?? null
  if (highest === null) return []
  return isSeverity(highest) ? [highest] : undefined
}

function isSeverity(value: unknown): value is Severity {
  return value !== 'off' && dataQualityLimits.some((severity) => severity === value)
}

function severitiesOfChecks(value: unknown): readonly Severity[] | undefined {
  if (!isObject(value) || !Array.isArray(value['findings'])) return undefined
  const severities = value['findings'].map((finding: unknown) => {
    const policy = isObject(finding) ? finding['policy'] : undefined
    return policy === 'error' ? 'critical' : policy === 'warn' ? 'warning' : undefined
  })
  return severities.every((severity) => severity !== undefined) ? severities : undefined
}
