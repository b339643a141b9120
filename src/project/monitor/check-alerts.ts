/** Whether the rules of params.yaml and project.ts go together: each alone cannot say. */

import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import type { ModelOutput } from '../../core/predictor.ts'
import type { Problem } from '../../core/problem.ts'
import { classMeasure, type Condition } from '../../monitoring/watch/alert-condition.ts'
import { performanceMeasures } from '../../monitoring/watch/performance-measures.ts'
import { describeOutput } from '../parameters/check-parameters.ts'
import type { Project } from '../definition/define-project.ts'
import { listViews } from '../definition/feature-views.ts'
import type { Parameters } from '../parameters/parameters.ts'

/** @throws {ToolkitError} `CONFIG_INVALID` naming each rule about what the project does not have, with its place */
export function checkAlerts({ monitor, train }: Parameters, project: Project): void {
  const isCount = train.boosting.objective === 'poisson'
  const problems = monitor.alerts.flatMap(({ trigger, place }) => {
    if (trigger.kind === 'age') return findViewProblems(trigger.view, place, project)
    if (trigger.kind === 'silence') return []
    return findMeasureProblems(trigger.condition, place, { output: project.output, isCount })
  })
  if (problems.length === 0) return
  throw new ToolkitError('CONFIG_INVALID', listTexts(problems.map(({ what }) => what)), {
    hint: listTexts([...new Set(problems.map(({ hint }) => hint))]),
  })
}

function listTexts(texts: readonly string[]): string {
  return texts.slice(0, 20).join('; ')
}

function findViewProblems(view: string, place: string, project: Project): Problem[] {
  const names = listViews(project).map(({ name }) => name)
  if (names.includes(view)) return []
  const hint =
    names.length === 0
      ? 'the project has no feature store: name views in project.ts, or leave the rule out'
      : nameHint(view, names, 'feature views')
  return [{ what: `${place}: the project has no feature view '${view}'`, hint }]
}

/** Measures that not every model has, by what models give. */
const measuresOf: Readonly<Record<ModelOutput['kind'], readonly string[]>> = {
  probability: [...performanceMeasures.probability, 'positive_share'],
  value: performanceMeasures.value,
  classes: [...performanceMeasures.classes, classMeasure],
}
const allMeasures = new Set(Object.values(measuresOf).flat())
const countMeasure = 'mean_poisson_deviance'

function findMeasureProblems(
  { measure, column }: Condition,
  place: string,
  { output, isCount }: { readonly output: ModelOutput; readonly isCount: boolean },
): Problem[] {
  const own = measuresOf[output.kind].filter((name) => name !== countMeasure || isCount)
  if (allMeasures.has(measure) && !own.includes(measure)) {
    const whose =
      measure === countMeasure ? 'of counts' : `none of a target that is ${describeOutput(output)}`
    const hint =
      measure === countMeasure && output.kind === 'value'
        ? "counts are fitted with 'train.boosting.objective: poisson'"
        : `the target has ${own.join(', ')}`
    return [{ what: `${place}: '${measure}' is ${whose}`, hint }]
  }
  if (measure !== classMeasure || output.kind !== 'classes') return []
  const classes = output.classes.map(String)
  if (classes.includes(column ?? '')) return []
  const what = `${place}: the target has no class '${column}'`
  return [{ what, hint: nameHint(column ?? '', classes, 'classes') }]
}
