/** MLflow's rules for logged models, and the tag in which one lists what it is registered as. */

import type { Pairs } from '../../../core/tracking.ts'
import { parseVersion } from '../registry/registry-names.ts'
import { check, textProblems } from '../problems.ts'

const limits = { name: 256, modelType: 500, runId: 256, key: 250, value: 100_000 } as const

/** Where a logged model lists its versions in the registry, as JSON. */
export const registrationsTag = 'mlflow.modelVersions'

export interface Registration {
  readonly name: string
  readonly version: string
}

/** @throws {ToolkitError} `TRACKING_INVALID`, naming every problem at once. */
export function checkNewLoggedModel(model: {
  readonly name?: string | undefined
  readonly modelType?: string | undefined
  readonly sourceRunId?: string | undefined
  readonly params?: Pairs
  readonly tags?: Pairs
}): void {
  const { name = '' } = model
  check([
    ...(/[/:.%"']/.test(name)
      ? [
          `Invalid model name ('${name}') provided. Model name must be a non-empty string and cannot contain the following characters: / : . % " '`,
        ]
      : []),
    ...textProblems('name', name, limits.name),
    ...textProblems('model_type', model.modelType ?? '', limits.modelType),
    ...textProblems('source_run_id', model.sourceRunId ?? '', limits.runId),
    ...pairProblems('param', model.params ?? {}),
    ...pairProblems('tag', model.tags ?? {}),
  ])
}

/** @throws {ToolkitError} `TRACKING_INVALID`, naming every problem at once. */
export function checkLoggedModelPairs(what: 'param' | 'tag', pairs: Pairs): void {
  check(pairProblems(what, pairs))
}

/**
 * The list with what is new, each registration once. Clients write versions as numbers or as
 * texts; what is no such list is left as it is.
 */
export function mergeRegistrations(text: string, added: readonly Registration[]): string {
  const known = parseRegistrations(text)
  if (known === undefined) return added.length === 0 ? text : formatRegistrations(added)
  const unique = new Map(
    [...known, ...added].map(({ name, version }) => [
      JSON.stringify([name, version]),
      { name, version },
    ]),
  )
  return formatRegistrations([...unique.values()])
}

/** As MLflow's server writes it: versions as numbers, with the spaces of Python. */
function formatRegistrations(registrations: readonly Registration[]): string {
  const entries = registrations.map(
    ({ name, version }) => `{"name": ${JSON.stringify(name)}, "version": ${version}}`,
  )
  return `[${entries.join(', ')}]`
}

function parseRegistrations(text: string): Registration[] | undefined {
  let list: unknown
  try {
    list = JSON.parse(text)
  } catch {
    return undefined // a tag may hold any text
  }
  if (!Array.isArray(list)) return undefined
  const registrations = list.map(readRegistration)
  return registrations.every((entry) => entry !== undefined) ? registrations : undefined
}

function readRegistration(entry: unknown): Registration | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined
  if (!('name' in entry && 'version' in entry)) return undefined
  const { name, version } = entry
  const isText = typeof version === 'string' || typeof version === 'number'
  const number = isText ? parseVersion(String(version)) : undefined
  return typeof name === 'string' && number !== undefined
    ? { name, version: String(number) }
    : undefined
}

/** Any text is a key, as in MLflow: libraries use what their parameters are called. */
function pairProblems(what: 'param' | 'tag', pairs: Pairs): string[] {
  return Object.entries(pairs).flatMap(([key, value]) =>
    (key === '' ? [`a ${what} has an empty key`] : []).concat(
      textProblems('key', key, limits.key),
      textProblems('value', value, limits.value),
    ),
  )
}
