/** Random programs for the feature store beside an oracle in pandas, and the newest features beside Feast's online store. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { createRandom } from '../../src/core/random.ts'
import { openDatabase } from '../../src/data/duckdb-store.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { drawProgram } from './feature-programs/draw-program.ts'
import { type Observation, runProgram } from './feature-programs/run-program.ts'
import { findPeer } from './python.ts'

const peer = findPeer('.venv-feast', 'pandas')
const [first, count] = (process.env['MLPT_FEATURE_SEEDS'] ?? '1,5').split(',').map(Number)

describe(
  'random programs for the feature store find what pandas finds',
  { skip: peer.skip },
  () => {
    // A zone with other days than UTC's: no answer may follow the machine's clock.
    for (const zone of ['UTC', 'America/New_York']) {
      test(`in ${zone}`, async () => {
        const before = process.env['TZ']
        process.env['TZ'] = zone
        try {
          await compare()
        } finally {
          if (before === undefined) delete process.env['TZ']
          else process.env['TZ'] = before
        }
      })
    }

    async function compare(): Promise<void> {
      const folder = makeScratchFolder()
      const programs = Array.from({ length: count! }, (_, i) =>
        drawProgram(first! + i, createRandom(first! + i)),
      )
      const expected = askPandas(programs)
      using database = await openDatabase()
      let present = 0
      for (const [i, program] of programs.entries()) {
        const own = join(folder, String(program.seed))
        mkdirSync(own)
        const random = createRandom(program.seed).fork('columns')
        const found = await runProgram(program, { database, folder: own, random })
        assert.deepEqual(found, expected[i], `seed ${program.seed}`)
        present += found.flat(2).filter((cell) => cell !== null).length
      }
      assert.ok(present > 20 * count!, 'many features are found')
    }

    function askPandas(programs: readonly object[]): readonly (readonly Observation[])[] {
      const script = join(import.meta.dirname, 'feast/program_oracle.py')
      const printed = execFileSync(peer.python, [script], {
        input: JSON.stringify(programs),
        encoding: 'utf8',
        maxBuffer: 1 << 28,
      })
      return JSON.parse(printed)
    }
  },
)
