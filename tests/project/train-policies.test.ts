import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openPredictor } from '../../src/model/index.ts'
import type { ProjectServing } from '../../src/project/definition/field-policies.ts'
import { loadParameters, loadProject } from '../../src/project/project-file.ts'
import { readTrainingRows } from '../../src/project/read-training-rows.ts'
import type { TrackedContext } from '../../src/project/step.ts'
import { train } from '../../src/project/train.ts'
import { createServingApp } from '../../src/serving/index.ts'
import { openTrackingStore } from '../../src/tracking/index.ts'
import { openDatabase, quoteText } from '../../src/data/duckdb-store.ts'
import { layoutOf } from '../../src/project/layout.ts'
import { buildTextHouse } from './text-house.ts'
import { makeTuneFolder, withTuneSection } from './tune/tune-folder.ts'

test('a trained model carries the policies of its project to whoever serves its folder', async () => {
  using folder = await makeTuneFolder(withTuneSection(''))
  const { directory } = folder
  await using tracking = await openTrackingStore({ directory: join(directory, '.mlpt') })
  const serving: ProjectServing = {
    fields: {
      age: { missing: 'impute', outOfRange: 'warn', value: 'median' },
      debt: { missing: 'reject' },
    },
  }
  let time = 0
  const context: TrackedContext = {
    directory,
    project: { ...(await loadProject(directory)), serving },
    parameters: await loadParameters(directory),
    log: () => undefined,
    tracking,
    now: () => ++time,
    gitCommit: undefined,
    userId: 'tester',
    lockSha256: undefined,
    host: 'here',
    processId: process.pid,
    isAlive: () => false,
  }
  await train(context, 'logistic')

  const { raw } = await readTrainingRows(context)
  const ages = [...raw.values].filter((_, i) => i % raw.columns === 0).sort((a, b) => a - b)
  const median = ages[Math.floor((ages.length - 1) / 2)]
  const predictor = await openPredictor(join(directory, 'models/logistic'))
  assert.deepEqual(predictor.policies, {
    age: { missing: 'impute', outOfRange: 'warn', value: median },
  })
  const app = createServingApp({ predictor })
  const ask = async (row: object): Promise<Record<string, unknown>> =>
    (await app.inject({ method: 'POST', url: '/predict', payload: row })).json()
  const imputed = await ask({ debt: 10 })
  assert.equal(imputed['probability'], (await ask({ age: median, debt: 10 }))['probability'])
  assert.equal((await ask({ age: 50 }))['status'], 422)
  await app.close()

  await train({ ...context, project: await loadProject(directory) }, 'logistic')
  const manifest = readFileSync(join(directory, 'models/logistic/MLmodel'), 'utf8')
  assert.doesNotMatch(manifest, /policies/)
})

test('policies of texts and dates come from the training rows as texts and days, known to the model or not', async () => {
  await using house = await buildTextHouse()
  const serving: ProjectServing = {
    fields: {
      town: { tooLong: 'impute', value: 'most-frequent' },
      plan: { missing: 'impute', unknownLevel: 'impute', value: 'most-frequent' },
      since: { outOfRange: 'impute', value: 'median' },
    },
  }
  const { context, directory } = house
  // Without what is learnt of towns, the model knows none of them.
  const { learned: _, ...project } = context.project
  await train({ ...context, project: { ...project, serving } }, 'logistic')
  const predictor = await openPredictor(join(directory, 'models/logistic'))
  using database = await openDatabase()
  const path = quoteText(join(directory, layoutOf('members').features))
  const ask = async (value: string, more: string): Promise<unknown> => {
    const rows = `FROM read_parquet(${path}) WHERE fold <> 0`
    const [row] = await database.query(`SELECT ${value} AS v ${rows} ${more}`)
    return row?.['v']
  }
  const often = (name: string): Promise<unknown> =>
    ask(name, `AND ${name} IS NOT NULL GROUP BY ${name} ORDER BY count(*) DESC, ${name} LIMIT 1`)
  assert.deepEqual(predictor.policies, {
    town: { tooLong: 'impute', value: await often('town') },
    plan: { missing: 'impute', unknownLevel: 'impute', value: await often('plan') },
    since: {
      outOfRange: 'impute',
      value: await ask('CAST(quantile_disc(since, 0.5) AS VARCHAR)', ''),
    },
  })
  assert.deepEqual(predictor.inputs['town'], {
    ...context.project.schema.fields['town'],
    known: [],
  })
  const app = createServingApp({ predictor })
  const score = async (payload: object): Promise<unknown> =>
    (await app.inject({ method: 'POST', url: '/predict', payload })).json<{
      probability: unknown
    }>().probability
  const { town, plan, since } = predictor.policies ?? {}
  const imputed = await score({ town: 'x'.repeat(21), plan: 'gold', since: '1999-12-31' })
  assert.equal(typeof imputed, 'number')
  assert.equal(
    imputed,
    await score({
      town: town?.value,
      plan: plan?.value,
      since: since?.value,
    }),
  )
  await app.close()
})
