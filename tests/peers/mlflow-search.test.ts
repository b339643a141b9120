/**
 * Searches by MLflow's own stores and by ours over the same data: the same ids in the same order
 * and pages, or both refuse. `MLPT_SEARCHES=20000` runs that many random ones, `MLPT_SEED=17` only that.
 */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { createRandom } from '../../src/core/random.ts'
import {
  openTrackingDatabase,
  type TrackingDatabase,
} from '../../src/tracking/store/database/database-store.ts'
import { openTemporaryFolder } from '../tracking/temporary-folder.ts'
import { findPeer } from './python.ts'
import { createDraw } from './random-draw.ts'
import { fillOurs, toMlflowTables } from './search/fill-tables.ts'
import {
  agreedFilters,
  agreedOrders,
  filtersBeyond,
  filtersRefused,
} from './search/hand-written.ts'
import { randomData, type SearchData } from './search/random-data.ts'
import { randomSearch, type SearchCase, type SearchKind } from './search/random-searches.ts'
import { answerOurs, type Answer } from './search/run-search.ts'
import { findTolerance, toleratedHeadings } from './search/tolerance.ts'

const peer = findPeer('.venv', 'mlflow')
const count = Number(process.env['MLPT_SEARCHES'] ?? 1500)
const onlySeed = process.env['MLPT_SEED']
const seeds =
  onlySeed === undefined ? Array.from({ length: count }, (_, i) => i + 1) : [Number(onlySeed)]

describe('MLflow and we search the same data', { skip: peer.skip }, () => {
  const data = randomData(createRandom(7))
  let judge: Judge
  let database: TrackingDatabase
  const resources = new AsyncDisposableStack()

  before(async () => {
    const folder = resources.use(await openTemporaryFolder())
    database = resources.use(await openTrackingDatabase(join(folder.path, 'ours.sqlite')))
    fillOurs(database, data)
    judge = resources.use(await openJudge(join(folder.path, 'theirs.sqlite'), data))
  })
  after(() => resources.disposeAsync())

  const compare = async (asked: SearchCase): Promise<Comparison> => {
    const theirs = await judge.answer(asked)
    return { asked, ours: answerOurs(database, asked), theirs }
  }

  for (const [kind, filters] of Object.entries(agreedFilters)) {
    test(`${filters.length} filters of ${kind} at the edges of the language mean the same`, async () => {
      const different: string[] = []
      for (const filter of filters) {
        const compared = await compare({ ...everything, kind: kind as SearchKind, filter })
        if (!agree(compared)) different.push(describeCase(compared))
      }
      assert.equal(different.join('\n'), '')
    })
  }

  test(`${agreedOrders.length} orders at the edges of the language mean the same`, async () => {
    const different: string[] = []
    for (const [kind, ...orderBy] of agreedOrders) {
      const compared = await compare({ ...everything, kind, filter: '', orderBy })
      if (!agree(compared)) different.push(describeCase(compared))
    }
    assert.equal(different.join('\n'), '')
  })

  test('what MLflow refuses is understood beyond its language', async () => {
    for (const [kind, filter] of filtersBeyond) {
      const compared = await compare({ ...everything, kind, filter })
      const isMore = 'refused' in compared.theirs && !('refused' in compared.ours)
      assert.ok(isMore, describeCase(compared))
    }
  })

  test('what MLflow takes for something else is refused', async () => {
    for (const [kind, filter] of filtersRefused) {
      const compared = await compare({ ...everything, kind, filter })
      const isLess = 'refused' in compared.ours && !('refused' in compared.theirs)
      assert.ok(isLess, describeCase(compared))
    }
  })

  test(`${seeds.length} random searches give the same pages, or are refused by both`, async () => {
    const different: string[] = []
    let found = 0
    let refused = 0
    for (const seed of seeds) {
      const compared = await compare(randomSearch(createDraw(createRandom(seed)), data))
      const { asked, ours, theirs } = compared
      if (!agree(compared) && findTolerance(asked, { ours, theirs }) === undefined) {
        different.push(`MLPT_SEED=${seed}: ${describeCase(compared)}`)
      }
      if ('refused' in ours) refused++
      else if (ours.pages[0]!.length > 0) found++
    }
    assert.equal(different.slice(0, 10).join('\n'), '')
    // Else the cases would say little.
    if (onlySeed !== undefined) return
    assert.ok(found > seeds.length * 0.25, `${found} searches found something`)
    assert.ok(refused < seeds.length * 0.4, `${refused} searches were refused`)
  })
})

test('every search that may differ has its place in docs/differences-from-mlflow.md', () => {
  const text = readFileSync('docs/differences-from-mlflow.md', 'utf8')
  const marked = [...text.matchAll(/^### (.+)\n\n_The random searches allow it\._/gm)]
  assert.deepEqual(marked.map((match) => match[1]).sort(), [...toleratedHeadings].sort())
})

const everything: Omit<SearchCase, 'kind' | 'filter'> = {
  orderBy: [],
  loggedOrder: [],
  datasets: [],
  experimentIds: ['1', '2', '3'],
  viewType: 'ALL',
  maxResults: 1000,
  pages: 1,
}

interface Comparison {
  readonly asked: SearchCase
  readonly ours: Answer
  readonly theirs: Answer
}

function agree({ ours, theirs }: Comparison): boolean {
  return 'refused' in ours ? 'refused' in theirs : isDeepStrictEqual(ours, theirs)
}

function describeCase({ asked, ours, theirs }: Comparison): string {
  const show = (value: unknown): string => JSON.stringify(value).slice(0, 1000)
  return `${show(asked)}\n  MLflow: ${show(theirs)}\n  we: ${show(ours)}`
}

interface Judge extends AsyncDisposable {
  answer(asked: SearchCase): Promise<Answer>
}

/** A Python with MLflow's stores, which have the data when it is there. */
async function openJudge(path: string, data: SearchData): Promise<Judge> {
  const script = join(import.meta.dirname, 'search/judge.py')
  const python = spawn(peer.python, ['-W', 'ignore', script, path], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const closed = once(python, 'close')
  const lines = createInterface(python.stdout)[Symbol.asyncIterator]()
  const ask = async (request: object): Promise<unknown> => {
    python.stdin.write(`${JSON.stringify(request)}\n`)
    const line = await lines.next()
    if (line.done === true) throw new Error('the Python of MLflow has ended')
    return JSON.parse(line.value)
  }
  await ask({ fill: toMlflowTables(data) })
  return {
    answer: async (asked) => (await ask(asked)) as Answer,
    [Symbol.asyncDispose]: async () => {
      python.stdin.end()
      await closed
    },
  }
}
