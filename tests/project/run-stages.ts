/** The stages of a dvc.yaml in this process, in the order of the file. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { parse } from 'yaml'
import { evaluate } from '../../src/project/evaluate.ts'
import { features } from '../../src/project/features.ts'
import { ingest } from '../../src/project/ingest.ts'
import type { ModelKind } from '../../src/project/parameters/parameters.ts'
import { promote } from '../../src/project/promote/promote.ts'
import { train } from '../../src/project/train.ts'
import { validate } from '../../src/project/validate.ts'
import type { House } from './target-house.ts'

export async function runStages(house: House): Promise<void> {
  for (const command of listCommands(house.read('dvc.yaml'))) await runCommand(house, command)
}

/** A matrix of models has one command each. */
function listCommands(text: string): readonly string[] {
  const { stages } = parse(text) as {
    stages: Record<string, { cmd: string; matrix?: { model: string[] } }>
  }
  return Object.values(stages).flatMap(({ cmd, matrix }) =>
    (matrix?.model ?? ['']).map((model) => cmd.replace('${item.model}', model)),
  )
}

async function runCommand({ context }: House, command: string): Promise<void> {
  const [program, ...words] = command.replace(/^npx mlpt /, 'mlpt ').split(' ')
  if (program === 'node') {
    execFileSync(process.execPath, words, { cwd: context.directory })
    return
  }
  const [step = '', kind = ''] = words
  const steps: Readonly<Record<string, () => Promise<unknown>>> = {
    ingest: () => ingest(context, undefined),
    validate: () => validate(context),
    features: () => features(context),
    train: () => train(context, kind as ModelKind),
    evaluate: () => evaluate(context, kind),
    promote: () => promote(context),
  }
  await (steps[step] ?? assert.fail(`the test has no step '${command}'`))()
}
