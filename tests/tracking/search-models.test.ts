/** Searches for experiments and models over a real database. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createRandom } from '../../src/core/random.ts'
import { searchExperiments } from '../../src/tracking/search/experiment-search.ts'
import { searchLoggedModels } from '../../src/tracking/search/logged-model-search.ts'
import { searchModelVersions } from '../../src/tracking/search/model-version-search.ts'
import { searchRegisteredModels } from '../../src/tracking/search/registered-model-search.ts'
import type { TrackingDatabase } from '../../src/tracking/store/database/database-store.ts'
import { randomData } from '../peers/search/random-data.ts'
import { openSearchDatabase, type SearchDatabase } from './search-database.ts'

describe('searches for experiments and models', () => {
  const data = randomData(createRandom(11))
  let opened: SearchDatabase
  let database: TrackingDatabase

  before(async () => {
    opened = await openSearchDatabase(data)
    database = opened.database
  })
  after(() => opened[Symbol.asyncDispose]())

  test('experiments are found by numbers or texts of numbers, and sorted by ids as numbers', () => {
    const names = (filter: string, orderBy: readonly string[] = []): string[] =>
      searchExperiments(database, { filter, orderBy, viewType: 'ALL', maxResults: 100 }).items.map(
        ({ experimentId }) => experimentId,
      )
    assert.deepEqual(names("experiment_id IN ('1', 2, ' 003 ')", ['experiment_id']), [
      '1',
      '2',
      '3',
    ])
    assert.deepEqual(names('experiment_id > 6', ['experiment_id DESC', 'experiment_id']), [
      '8',
      '7',
    ])
    assert.throws(() => names("experiment_id = '1.5'"), { code: 'TRACKING_INVALID' })
    assert.throws(() => names('metrics.loss > 1'), { message: /Invalid entity type 'metrics'/ })
  })

  test('prompts are left out of any filter that does not ask for them first', () => {
    const names = (filter: string): string[] =>
      searchRegisteredModels(database, { filter, maxResults: 100 }).items.map(({ name }) => name)
    const isPrompt = data.models.filter(({ tags }) => tags[promptTag] === 'true')
    const models = data.models.filter((model) => !isPrompt.includes(model)).map(({ name }) => name)
    assert.ok(isPrompt.length > 0)
    const says = `tags.\`${promptTag}\``
    assert.deepEqual(names('').sort(), models.sort())
    assert.deepEqual(names(`name LIKE '%' AND ${says} != 'true'`).sort(), models.sort())
    assert.deepEqual(names(`name = 'none' OR ${says} = 'false'`).sort(), models.sort())
    assert.deepEqual(names(`NOT ${says} != 'true'`), [])
    assert.deepEqual(names(`${says} = 'true'`).sort(), isPrompt.map(({ name }) => name).sort())
  })

  test('versions without a run are those whose run is missing', () => {
    const names = (filter: string): string[] =>
      searchModelVersions(database, { filter, maxResults: 1000 })
        .items.map(({ name, version }) => `${name}:${version}`)
        .sort()
    assert.deepEqual(names('run_id IS NULL'), names("run_id = ''"))
    assert.ok(names('run_id IS NULL').length > 0)
    assert.deepEqual(names("version_number IN (1, '2')"), names('version_number <= 2'))
  })

  test('a page token of logged models goes with its search', () => {
    const asked = { experimentIds: ['1', '2', '3'], filter: 'creation_time >= 0', maxResults: 5 }
    const { nextPageToken: pageToken, items } = searchLoggedModels(database, asked)
    const next = searchLoggedModels(database, { ...asked, pageToken })
    assert.equal(next.items.length, 5)
    assert.ok(next.items.every(({ modelId }) => items.every((item) => item.modelId !== modelId)))
    for (const other of [
      { ...asked, pageToken, filter: 'creation_time > 0' },
      { ...asked, pageToken, experimentIds: ['1'] },
      { ...asked, pageToken, orderBy: [{ field: 'name', isAscending: true }] },
      { ...asked, pageToken: 'x' },
      { ...asked, pageToken: `${pageToken!.split('.')[0]!}.x` },
    ]) {
      assert.throws(() => searchLoggedModels(database, other), {
        code: 'TRACKING_INVALID',
        message: /page token/,
      })
    }
  })

  test('datasets say which points of logged models count', () => {
    const ids = (options: object): string[] =>
      searchLoggedModels(database, {
        experimentIds: ['1', '2', '3'],
        maxResults: 1000,
        ...options,
      }).items.map(({ modelId }) => modelId)
    const expected = (digest: string | undefined): string[] =>
      data.loggedModels
        .filter(({ lifecycle }) => lifecycle === 'active')
        .filter(({ points }) =>
          points.some(
            (point) =>
              point.key === 'loss' &&
              point.value >= 0 &&
              point.datasetName === 'train' &&
              (digest === undefined || point.datasetDigest === digest),
          ),
        )
        .map(({ id }) => id)
    for (const digest of [undefined, 'd1']) {
      const asked = { filter: 'metrics.loss >= 0', datasets: [{ name: 'train', digest }] }
      assert.ok(expected(digest).length > 0)
      assert.deepEqual(ids(asked).sort(), expected(digest).sort())
    }
    assert.throws(() => ids({ datasets: [{ name: '' }] }), { message: /dataset_name/ })
    assert.throws(() => ids({ orderBy: [{ field: 'nothing', isAscending: true }] }), {
      code: 'TRACKING_INVALID',
    })
  })
})

const promptTag = 'mlflow.prompt.is_prompt'
