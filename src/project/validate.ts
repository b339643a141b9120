import { join } from 'node:path'
import { layoutOf } from './layout.ts'
import { writeJson } from './report-file.ts'
import type { StepContext } from './step.ts'
export async function validate(context: StepContext): Promise<void> {
  await writeJson(join(context.directory, layoutOf(context.project.name).validation), {})
}
