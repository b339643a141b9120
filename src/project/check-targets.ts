import { classesOf } from '../core/predictor.ts'
import type { FeatureRows } from '../data/read-features.ts'
import { refuseProblems } from '../training/refuse-problems.ts'
import type { Project } from './definition/define-project.ts'
import { layoutOf } from './layout.ts'

/**
 * Checks what the schema of a project may let pass and no model can learn: a target that is missing or no class, and with a
 * `least` one below it. What fits is said of the target elsewhere, where it depends on the estimator.
 *
 * @throws {ToolkitError} `TRAINING_INVALID` naming the rows of the raw table (from 0), the first 20
 */
export function checkTargets(
  { y, keys }: Pick<FeatureRows, 'y' | 'keys'>,
  { name, target, output }: Pick<Project, 'name' | 'target' | 'output'>,
  least = -Infinity,
): void {
  const place = layoutOf(name).raw
  const problems: string[] = []
  const isOfClasses = classesOf(output) !== undefined
  y.forEach((value, row) => {
    const isMissing = Number.isNaN(value)
    if (!isMissing && value >= least) return
    const found = isMissing
      ? `is missing${isOfClasses ? ' or no class of the project' : ''}`
      : `is ${value}, expected ${least} or more`
    problems.push(`${place}, row ${keys[row]}: '${target}' ${found}`)
  })
  refuseProblems(problems, 'leave these rows out of the data, or find their targets')
}
