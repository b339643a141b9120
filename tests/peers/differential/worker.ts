/** A process that runs cases: each takes its own current folder, so they cannot share one. */

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDvc } from './dvc-process.ts'
import { runCase, type CaseResult } from './run-case.ts'

/** What became of one seed. */
export interface CaseReport extends CaseResult {
  readonly seed: number
  readonly durationMs: number
}

const [python = ''] = process.argv.slice(2)
// Waiting for a disk is most of what it would cost elsewhere.
const memory = '/dev/shm'
const scratch = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), 'mlpt-differential-'))
const isKept = process.env['MLPT_DIFFERENTIAL_KEEP'] !== undefined
process.env['SHELL'] = '/bin/bash'
const dvc = openDvc(python, join(scratch, 'site'))
const template = join(scratch, 'template')
mkdirSync(template)
execFileSync('git', ['init', '-q'], { cwd: template })
await dvc.run([{ folder: template, args: ['init', '-q'] }])

process.on('message', (seed: number) => void answer(seed))
process.on('disconnect', () => void end())
process.send?.('ready')

async function answer(seed: number): Promise<void> {
  const folder = join(scratch, `case-${seed}`)
  const started = Date.now()
  const result = await runCase(seed, { dvc, folder, template }).catch(
    (error: unknown): CaseResult => ({
      difference: `in ${folder}: ${error instanceof Error ? error.stack : String(error)}`,
      script: '',
      steps: 0,
    }),
  )
  process.chdir(scratch)
  if (!isKept) rmSync(folder, { recursive: true, force: true })
  const durationMs = Date.now() - started
  process.send?.({ seed, ...result, durationMs } satisfies CaseReport)
}

async function end(): Promise<void> {
  await dvc[Symbol.asyncDispose]()
  process.chdir(tmpdir())
  if (!isKept) rmSync(scratch, { recursive: true, force: true })
}
