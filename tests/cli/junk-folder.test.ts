/** Every command as its help shows it, in a folder where nothing is what it should be. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { commandExamples } from '../../src/cli/command-examples.ts'
import { errorKinds } from '../../src/core/errors.ts'
import { mlptArguments } from '../mlpt-program.ts'
import { makeFolder } from '../pipeline/folder.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

const start = promisify(execFile)
const junk = 'a: [1\n'.repeat(40)
const files = {
  'dvc.lock': junk,
  'dvc.yaml': 'stages: {make: {cmd: mlpt, outs: [out]}}\n',
  'params.yaml': '- 1\n',
  'project.ts': 'throw undefined\n',
  'data/loans.csv.dvc': '\n',
  'loans.csv': '"a\n',
  'new.csv': '',
  'old.json': '[]',
  'new.json': 'null',
  'old.parquet': junk,
  'new.parquet': junk,
  'mlruns/0/meta.yaml': junk,
  'models/boosting': 'x',
  'metrics/boosting.json': '[NaN',
  '.dvc/config': '',
  '.dvc/tmp/mlpt/lock.sqlite': junk,
  '.dvc/tmp/mlpt/history.sqlite': junk,
  '.dvc/tmp/mlpt/hashes.sqlite': junk,
  '.mlpt/tracking.sqlite': junk,
  '.mlpt/online.db': junk,
  '.mlpt/predictions/README': 'x',
  '.mlpt/predictions/a/predictions/date=2026-01-01/1.parquet': junk,
}
/** They ask the network or write elsewhere, or need no folder. */
const left = new Set([
  'import-url',
  'demo',
  'tracking copy',
  'predictions push',
  'predictions pull',
])

test('no command answers junk with a stack: it has a code that is known, or nothing to say', async () => {
  using model = makeFolder(files)
  const scratch = makeScratchFolder()
  const waiting = Object.entries(commandExamples).flatMap(([name, examples]) =>
    left.has(name) ? [] : examples.slice(0, 1),
  )
  const failed: string[] = []
  const work = async (): Promise<void> => {
    for (let line = waiting.pop(); line !== undefined; line = waiting.pop()) {
      const folder = join(scratch, String(waiting.length))
      cpSync(model.directory, folder, { recursive: true })
      const problem = await findProblem(line, folder)
      if (problem !== undefined) failed.push(`${line}: ${problem}`)
    }
  }
  await Promise.all([work(), work()])
  assert.deepEqual(failed, [])
  assert.ok(readdirSync(scratch).length > 80)
})

/** What is wrong with an answer. */
async function findProblem(line: string, cwd: string): Promise<string | undefined> {
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!)
  const { exitCode, errors } = await run(words.slice(1), cwd)
  if (/^ +at /m.test(errors)) return errors
  if (exitCode === 0 || exitCode === 3) return undefined
  const code = /^error ([A-Z_]+): ./m.exec(errors)?.[1]
  if (code === undefined) return `exit ${String(exitCode)}, ${errors}`
  const kind = Object.entries(errorKinds).find(([known]) => known === code)?.[1]
  return kind?.exitCode === exitCode ? undefined : `${code} with exit ${String(exitCode)}`
}

async function run(
  words: readonly string[],
  cwd: string,
): Promise<{ readonly exitCode: unknown; readonly errors: string }> {
  try {
    const { stderr } = await start(process.execPath, [...mlptArguments, ...words], { cwd })
    return { exitCode: 0, errors: stderr }
  } catch (error) {
    const { code, stderr } = error as { readonly code: unknown; readonly stderr: string }
    return { exitCode: code, errors: stderr }
  }
}
