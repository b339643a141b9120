import type { FoldRule } from '../data/features.ts'
import type { Project } from './definition/define-project.ts'
import type { Parameters } from './parameters/parameters.ts'

/** How the rows of a project are parted. */
export function foldRuleOf({
  project: { group, time },
  parameters,
}: {
  readonly project: Pick<Project, 'group' | 'time'>
  readonly parameters: Pick<Parameters, 'split'>
}): FoldRule {
  return { folds: parameters.split.folds, group, time }
}
