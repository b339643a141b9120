/** A process that runs cases: each takes its own current folder, so they cannot share one. */

import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeScratchFolder } from '../../scratch-folder.ts'
import { openDvc } from './dvc-process.ts'
import { runCase } from './run-case.ts'

const [python = ''] = process.argv.slice(2)
const scratch = makeScratchFolder()
process.env['SHELL'] = '/bin/bash'
const dvc = openDvc(python, join(scratch, 'site'))
const template = join(scratch, 'template')
mkdirSync(template)
execFileSync('git', ['init', '-q'], { cwd: template })
await dvc.run(template, ['init', '-q'], {})

process.on('message', (seed: number) => void answer(seed))
process.on('disconnect', () => void dvc[Symbol.asyncDispose]())
process.send?.({ isReady: true })

async function answer(seed: number): Promise<void> {
  const folder = join(scratch, `case-${seed}`)
  const started = Date.now()
  try {
    const result = await runCase(seed, { dvc, folder, template })
    process.send?.({ seed, ...result, durationMs: Date.now() - started })
  } catch (error) {
    const difference = error instanceof Error ? error.stack : String(error)
    process.send?.({ seed, difference, script: '', steps: 0, durationMs: 0 })
  }
  process.chdir(scratch)
  if (process.env['MLPT_DIFFERENTIAL_KEEP'] === undefined) {
    rmSync(folder, { recursive: true, force: true })
  }
}
