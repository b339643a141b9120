/** The feature views of a project, and where their facts lie. */

import { join } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import type { FeatureView } from '../../data/feature-store/feature-view.ts'
import type { ViewChange, ViewPlace } from '../../data/feature-store/view-store.ts'
import type { Project } from './define-project.ts'
import { layoutOf } from '../layout.ts'
import type { Parameters } from '../parameters/parameters.ts'

/** The folder of the project that it is about. */
interface Located {
  readonly directory: string
  readonly project: Project
  readonly parameters: Pick<Parameters, 'checks'>
}

/** In the order of the project. */
export function listViews({ featureStore }: Project): readonly FeatureView[] {
  return featureStore?.facts.map(({ view }) => view) ?? []
}

/** What an append did, a line each. */
export function describeChange(
  { name }: FeatureView,
  { rows, isNew, warning, quarantined }: ViewChange,
): readonly string[] {
  const aside =
    quarantined === undefined
      ? ''
      : `, ${quarantined.rows} that break expectations are in ${quarantined.path}`
  return [
    ...(warning === undefined ? [] : [`warning: ${warning}`]),
    `${name}: ${rows} facts${isNew || rows === 0 ? '' : ', which were there'}${aside}`,
  ]
}

/** @throws {ToolkitError} `CLI_USAGE` naming the nearest one */
export function findView(project: Project, name: string): FeatureView {
  const views = listViews(project)
  const found = views.find((view) => view.name === name)
  if (found !== undefined) return found
  const names = views.map((view) => view.name)
  throw new ToolkitError('CLI_USAGE', `the project has no feature view '${name}'`, {
    hint: names.length === 0 ? 'name some in project.ts' : nameHint(name, names, 'feature views'),
  })
}

/** The lock and facts that are no good lie outside of the store: what lies there is data, for DVC and for a copy. */
export function placeOfView(
  view: FeatureView,
  { directory, project, parameters }: Located,
): ViewPlace {
  return {
    folder: join(directory, layoutOf(project.name).store, view.name),
    view,
    lock: join(directory, '.mlpt', 'locks', `${view.name}.lock`),
    root: directory,
    quarantine: join(directory, '.mlpt', 'quarantine', view.name),
    policy: parameters.checks.schema,
  }
}
