/** From the values that were asked for to one set of changes per experiment. */

import { ToolkitError } from '../../core/errors.ts'
import { defaultParameterFile } from '../parameters/parameter-values.ts'
import { formatPythonJson } from '../yaml/python-json.ts'
import type { YamlValue } from '../yaml/yaml-value.ts'
import type { Override } from './parse-override.ts'

/** One change with one value. */
export interface Assignment {
  readonly file: string
  readonly key: string
  readonly kind: Override['kind']
  /** `undefined` when the key is removed. */
  readonly value: YamlValue | undefined
}

const mostExperiments = 10_000

/**
 * Every combination of the values: the files in the order in which they are first named, in each
 * its keys in that order, the last one changing fastest. No overrides make one combination without changes.
 *
 * @throws {ToolkitError} `CLI_USAGE` when there would be more than 10,000
 */
export function combineOverrides(
  overrides: readonly Override[],
): readonly (readonly Assignment[])[] {
  const axes = orderByFile(overrides).map(toAxis)
  const count = axes.reduce((product, axis) => product * axis.length, 1)
  if (count > mostExperiments) {
    throw new ToolkitError('CLI_USAGE', `these values make ${count} experiments`, {
      hint: `ask for at most ${mostExperiments} at once`,
      details: { count },
    })
  }
  return axes.reduce<readonly (readonly Assignment[])[]>(
    (combinations, axis) =>
      combinations.flatMap((combination) => axis.map((choice) => [...combination, choice])),
    [[]],
  )
}

function orderByFile(overrides: readonly Override[]): readonly Override[] {
  const files = [...new Set(overrides.map(({ file }) => file))]
  return files.flatMap((name) => overrides.filter(({ file }) => file === name))
}

function toAxis({ file, key, kind, values }: Override): readonly Assignment[] {
  if (kind === 'remove') return [{ file, key, kind, value: undefined }]
  return values.map((value) => ({ file, key, kind, value }))
}

/** A change as people read it: `train.rate=0.05`, `other.yaml:seed=7`, `~old`. */
export function formatAssignment({ file, key, kind, value }: Assignment): string {
  const place = file === defaultParameterFile ? key : `${file}:${key}`
  if (kind === 'remove' || value === undefined) return `~${place}`
  return `${place}=${typeof value === 'string' ? value : formatPythonJson(value)}`
}
