/**
 * Random repositories and scripts, followed by the real dvc in one clone and by us in the other.
 *
 * `MLPT_DIFFERENTIAL=2000` runs that many cases, `MLPT_DIFFERENTIAL_FROM=5000` begins at that seed,
 * `MLPT_SEED=17` runs only that one, `MLPT_DIFFERENTIAL_KEEP=1` leaves the clones where they are.
 */

import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { createRandom } from '../../src/core/random.ts'
import { createDraw } from './random-draw.ts'
import { formatModel } from './differential/model-files.ts'
import { randomModel } from './differential/random-model.ts'
import { tolerated } from './differential/tolerance.ts'
import type { CaseReport } from './differential/worker.ts'
import { findPeer } from './python.ts'

const peer = findPeer('.venv', 'dvc')
const count = Number(process.env['MLPT_DIFFERENTIAL'] ?? 200)
const onlySeed = process.env['MLPT_SEED']
const firstSeed = Number(process.env['MLPT_DIFFERENTIAL_FROM'] ?? 1)
const seeds =
  onlySeed === undefined
    ? Array.from({ length: count }, (_, i) => firstSeed + i)
    : [Number(onlySeed)]

describe('dvc and mlpt on equal repositories', { skip: peer.skip }, () => {
  test(`agree in ${seeds.length} random cases, step by step, and when they change places`, async () => {
    const reports = await runCases(seeds)
    assert.equal(reports.length, seeds.length)
    assert.ok(reports.every(({ steps }) => steps > 0))
    const different = reports.filter(({ difference }) => difference !== undefined)
    assert.ok(different.length === 0, different.slice(0, 3).map(describeReport).join('\n'))
  })
})

test('the same seed makes the same repository', () => {
  const make = (): unknown => [...formatModel(randomModel(createDraw(createRandom(5))))]
  assert.deepEqual(make(), make())
})

test('every difference that a case may have stands in docs/differences-from-dvc.md', () => {
  const text = readFileSync('docs/differences-from-dvc.md', 'utf8')
  const headings = new Set([...text.matchAll(/^### (.+)$/gm)].map((match) => match[1]))
  assert.deepEqual(
    tolerated.filter((heading) => !headings.has(heading)),
    [],
  )
  const marked = [...text.matchAll(/^### (.+)\n\n_The random cases allow it\._/gm)]
  assert.deepEqual(marked.map((match) => match[1]).sort(), [...tolerated].sort())
})

function describeReport({ seed, script, difference }: CaseReport): string {
  return `seed ${seed} (MLPT_SEED=${seed} runs it alone):\n${script}\n${difference}\n`
}

/** One process per core; each has a Python of its own. */
async function runCases(all: readonly number[]): Promise<CaseReport[]> {
  const waiting = [...all]
  const reports: CaseReport[] = []
  const workers = Array.from({ length: Math.min(all.length, availableParallelism()) }, async () => {
    const worker = fork(join(import.meta.dirname, 'differential/worker.ts'), [peer.python], {
      execArgv: ['--conditions=mlpt-source', '--disable-warning=ExperimentalWarning'],
    })
    const giveOne = (): void => {
      const seed = waiting.shift()
      if (seed === undefined) worker.disconnect()
      else worker.send(seed)
    }
    await new Promise<void>((resolve, reject) => {
      worker.on('error', reject)
      worker.on('exit', (code) => {
        if (code === 0) resolve()
        else reject(new Error(`a worker exited with ${code}`))
      })
      worker.on('message', (report: CaseReport | 'ready') => {
        if (report !== 'ready') reports.push(report)
        giveOne()
      })
    })
  })
  await Promise.all(workers)
  return reports
}
