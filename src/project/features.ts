import { join } from 'node:path'
import { replaceFileWith } from '../core/atomic-file.ts'
import { openDatabase } from '../data/duckdb-store.ts'
import { buildFeatures } from '../data/features.ts'
import { layoutOf } from './layout.ts'
import type { StepContext } from './step.ts'

/** Stage 3: writes the feature table, each row with its fold. @throws {ToolkitError} as `buildFeatures` */
export async function features(context: StepContext): Promise<void> {
  const { project, directory, parameters } = context
  const layout = layoutOf(project.name)
  using database = await openDatabase()
  await replaceFileWith(join(directory, layout.features), async (output) => {
    const { rows, warning } = await buildFeatures(
      database,
      { raw: join(directory, layout.raw), place: layout.raw, output },
      {
        features: project.featureList,
        target: { name: project.target, field: project.schema.fields[project.target]! },
        folds: parameters.split.folds,
        policy: parameters.checks.schema,
      },
    )
    if (warning !== undefined) context.log(`warning: ${warning}`)
    context.log(
      `${rows} rows, ${project.featureList.length} features, ${parameters.split.folds} folds`,
    )
  })
}
