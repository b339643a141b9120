import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { createRandom } from '../../src/core/random.ts'
import { defineSchema } from '../../src/core/schema.ts'
import { openDatabase } from '../../src/data/duckdb-store.ts'
import { foldExpression, rawRelation } from '../../src/data/features.ts'
import { createGraphBuilder, encodeModel, writeModelFolder } from '../../src/model/index.ts'
import { defineProject } from '../../src/project/definition/define-project.ts'
import { evaluate } from '../../src/project/evaluate.ts'
import { parseParameters, type Parameters } from '../../src/project/parameters/parameters.ts'
import { promote } from '../../src/project/promote/promote.ts'
import type { TrackedContext } from '../../src/project/step.ts'
import type { Verdict } from '../../src/training/registry.ts'
import { openTrackingStore } from '../../src/tracking/index.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

/** Rows whose target comes with the probability sigmoid(3a) in group 1 and sigmoid(3b) in group 2. */
let tables: { readonly raw: Uint8Array; readonly features: Uint8Array }

before(async () => {
  tables = await makeTables()
})

describe('promote', () => {
  test('writes the verdict with all numbers behind it, for programs and for people', async () => {
    await using folder = await openFolder()
    await folder.model('boosting', { a: 3, b: 3 })
    await folder.promote()
    const verdict = folder.verdict()
    assert.equal(verdict.decision, 'promoted')
    assert.deepEqual(
      verdict.gates!.map(({ gate }) => gate),
      ['min_roc_auc', 'max_size_bytes', 'max_latency_us', 'data_quality', 'baseline'],
    )
    // What differs from run to run stays out of the file.
    assert.equal(verdict.gates!.find(({ gate }) => gate === 'max_latency_us')!.value, null)
    const [version] = await folder.versions()
    assert.match(version!.tags['mlpt.latency_us']!, /^\d+\.\d$/)
    assert.match(folder.page(), /^# boosting: promoted\n/)
    assert.match(folder.page(), /\| data_quality \| warning \| critical \| passed \|/)
  })

  test('compares with the champion on the same rows, as a whole and by slices', async () => {
    await using folder = await openFolder()
    await folder.model('boosting', { a: 0, b: 0 })
    await folder.promote({ min_roc_auc: 0.5, baseline: false })
    await folder.model('boosting', { a: 3, b: 2 })
    await folder.promote()
    const { decision, comparison, gates } = folder.verdict()
    assert.equal(decision, 'promoted')
    assert.equal(comparison!.test, 'delong')
    assert.ok(comparison!.pValue! < 0.05)
    assert.deepEqual(
      comparison!.slices!.map(({ slice }) => slice),
      ['group=1', 'group=2'],
    )
    assert.equal(gates!.length, 8)
  })

  test('compares with a champion that is a logged model, of no run of the project', async () => {
    await using folder = await openFolder()
    await folder.model('boosting', { a: 0, b: 0 })
    const version = await folder.registerLoggedModel('boosting')
    await folder.model('boosting', { a: 3, b: 2 })
    await folder.promote()
    const { decision, champion, comparison } = folder.verdict()
    assert.equal(version, '1')
    assert.equal(decision, 'promoted')
    assert.ok(champion !== null && comparison !== null)
  })

  test('keeps the champion where a group would pay for the others', async () => {
    await using folder = await openFolder()
    await folder.model('boosting', { a: 0, b: 1 })
    await folder.promote({ min_roc_auc: 0.5 })
    // Group 1 has three quarters of the rows.
    await folder.model('boosting', { a: 1, b: 0 })
    await folder.promote()
    const { decision, reason, comparison } = folder.verdict()
    assert.ok(comparison!.improvement > 0)
    assert.equal(decision, 'kept-champion')
    assert.match(
      reason,
      /^'boosting' is worse than the champion by 0\.\d+ on group=2, more than 0\.02$/,
    )
    assert.match(folder.page(), /\| max_slice_regression \| .* \| \*\*not passed\*\* \|/)
  })

  test('a model that was trained after it was measured is not promoted by the numbers of the one before', async () => {
    await using folder = await openFolder()
    await folder.model('boosting', { a: 3, b: 3 })
    const measured = folder.read('reports/evaluation/boosting.json')
    await folder.model('boosting', { a: 3, b: 2 })
    folder.write('reports/evaluation/boosting.json', measured)
    await assert.rejects(folder.promote(), {
      code: 'DATA_FILE_INVALID',
      message: /of another model file \(sha256 [\da-f]{12}…\) than 'boosting' has now/,
    })
  })

  test('takes a model that another program trained by the name of its folder', async () => {
    await using folder = await openFolder()
    await folder.model('sklearn', { a: 3, b: 3 })
    await folder.promote()
    assert.deepEqual(folder.verdict().challenger.kind, 'sklearn')
    const [version] = await folder.versions()
    assert.equal(version!.tags['mlpt.model'], 'sklearn')
  })

  test('gives the same verdict again, and registers nothing twice', async () => {
    await using folder = await openFolder()
    await folder.model('boosting', { a: 3, b: 3 })
    await folder.promote()
    const first = [JSON.stringify(folder.verdict()), folder.page()]
    await folder.promote()
    assert.deepEqual([JSON.stringify(folder.verdict()), folder.page()], first)
    assert.equal((await folder.versions()).length, 1)
  })

  test('times a model again that was too slow, because the machine may have been busy', async () => {
    await using folder = await openFolder()
    await folder.model('boosting', { a: 3, b: 3 })
    const lines: string[] = []
    for (let time = 0; time < 2; time++) {
      await assert.rejects(
        () => folder.promote({ max_latency_us: 0 }, undefined, (line) => lines.push(line)),
        {
          code: 'PROMOTION_REFUSED',
          message: "'boosting' takes longer than 0 µs for a prediction",
        },
      )
      assert.equal((await folder.versions()).length, 1)
    }
    assert.equal(lines.filter((line) => /^[\d.]+ µs/.test(line)).length, 2)
  })

  test('judges again when a limit or the data changed', async () => {
    await using folder = await openFolder()
    await folder.model('boosting', { a: 3, b: 3 })
    await folder.promote()
    await assert.rejects(() => folder.promote({ max_size_bytes: 10 }), {
      code: 'PROMOTION_REFUSED',
      message: /'boosting' has \d+ bytes, above 10/,
    })
    folder.findings('critical')
    await assert.rejects(() => folder.promote(), {
      code: 'PROMOTION_REFUSED',
      message: 'the data has findings of severity critical, and promote.data_quality is critical',
    })
    assert.equal((await folder.versions()).length, 1)
  })

  test('by force promotes what was refused, with who and why in the audit log, and stays so', async () => {
    await using folder = await openFolder()
    await folder.model('boosting', { a: 3, b: 3 })
    const strict = { min_roc_auc: 0.99 }
    await assert.rejects(() => folder.promote(strict), { code: 'PROMOTION_REFUSED' })
    await folder.promote(strict, '  the committee said so ')
    const { decision, override } = folder.verdict()
    assert.equal(decision, 'promoted')
    assert.deepEqual(
      [override!.userId, override!.reason, override!.instead.decision],
      ['ada', 'the committee said so', 'refused'],
    )
    assert.match(folder.page(), /\*\*Promoted by force\*\* by ada: the committee said so/)
    const [forced] = await folder.versions()
    assert.deepEqual(forced!.aliases, ['champion'])
    assert.equal(forced!.tags['mlpt.override'], 'the committee said so')
    const audit = await folder.audit()
    assert.ok(
      audit.some(
        ({ reason, userId }) => /by ada: the committee/.test(reason ?? '') && userId === 'ada',
      ),
    )
    const text = JSON.stringify(folder.verdict())
    for (const again of [undefined, 'once more']) {
      await folder.promote(strict, again)
      assert.equal(JSON.stringify(folder.verdict()), text)
    }
    assert.equal((await folder.versions()).length, 2)
  })

  test('by force changes nothing where there is nothing to overrule', async () => {
    await using folder = await openFolder()
    await folder.model('boosting', { a: 3, b: 3 })
    await folder.promote({}, 'just in case')
    assert.equal(folder.verdict().override, undefined)
    assert.equal((await folder.versions()).length, 1)
  })

  for (const reason of ['', '  ', 'two\nlines', '\u001b[2J', 'x'.repeat(1001)]) {
    test(`by force wants a reason, not ${JSON.stringify(reason.slice(0, 9))}`, async () => {
      await using folder = await openFolder()
      await assert.rejects(() => folder.promote({}, reason), { code: 'CLI_USAGE', exitCode: 2 })
    })
  }

  test('says which report of the data is missing or none', async () => {
    await using folder = await openFolder()
    await folder.model('boosting', { a: 3, b: 3 })
    for (const text of ['[]', '{}', '{"meta": {"highest_failing_severity": "bad"}}']) {
      folder.write('reports/validation.json', text)
      await assert.rejects(() => folder.promote(), {
        code: 'DATA_FILE_INVALID',
        message: /validation\.json is no report of mlpt validate/,
      })
    }
    folder.write('reports/validation.json', '{"meta": {}}')
    folder.write('reports/checks.json', '{"findings": [{"policy": "maybe"}]}')
    await assert.rejects(() => folder.promote(), /checks\.json is no report of mlpt validate/)
    folder.write('reports/checks.json', '{"findings": [{"policy": "error"}]}')
    await assert.rejects(() => folder.promote(), /findings of severity critical/)
  })
})

describe('evaluate', () => {
  test('says which model folders there are', async () => {
    await using folder = await openFolder()
    await assert.rejects(folder.evaluate('../loans'), {
      code: 'MODEL_NOT_FOUND',
      hint: "make one with 'mlpt run'",
    })
    await folder.model('sklearn', { a: 1, b: 1 })
    await assert.rejects(folder.evaluate('sklaern'), {
      code: 'MODEL_NOT_FOUND',
      message: "there is no model folder 'models/sklaern'",
      hint: "did you mean 'sklearn'?",
    })
  })

  test('names slices of text without what would move a cursor', async () => {
    await using folder = await openFolder()
    await folder.model('boosting', { a: 1, b: 1 }, { note: 'levels' })
    const report = JSON.parse(folder.read('reports/evaluation/boosting.json')) as {
      slices: { slice: string; rows: number }[]
    }
    assert.deepEqual(
      report.slices.map(({ slice }) => slice),
      ['note=\ufffd[2J', `note=${'x'.repeat(40)}…${'x'.repeat(19)}`, 'note missing'],
    )
    assert.equal(
      report.slices.reduce((sum, { rows }) => sum + rows, 0),
      1186,
    )
  })

  test('refuses slices that the schema does not have, all at once', async () => {
    await using folder = await openFolder()
    await assert.rejects(
      () => folder.model('boosting', { a: 1, b: 1 }, { grup: 'levels', group: 3 }),
      {
        code: 'CONFIG_INVALID',
        message: "params.yaml, evaluate.slices: there is no column 'grup'; 'group' is category",
        hint: "did you mean 'group'?; write 'group: levels'",
      },
    )
    await assert.rejects(() => folder.model('boosting', { a: 1, b: 1 }, { a: 'levels' }), {
      code: 'CONFIG_INVALID',
      message: "params.yaml, evaluate.slices: 'a' has more than 50 values",
    })
  })

  test('tells rows apart by a column that the model does not use', async () => {
    await using folder = await openFolder()
    await folder.model('boosting', { a: 1, b: 1 }, { group: 'levels', a: [0], id: 2 })
    const report = JSON.parse(folder.read('reports/evaluation/boosting.json')) as {
      model: string
      rows: number
      slices: { slice: string; rows: number }[]
      fairness: object
    }
    assert.equal(report.model, 'boosting')
    assert.deepEqual(
      report.slices.map(({ slice }) => slice.replace(/[\d.]{4,}/, 'MEDIAN')),
      ['group=1', 'group=2', 'a<0', 'a>=0', 'id<MEDIAN', 'id>=MEDIAN'],
    )
    for (const column of [0, 2, 4]) {
      assert.equal(report.slices[column]!.rows + report.slices[column + 1]!.rows, report.rows)
    }
    assert.deepEqual(Object.keys(report.fairness), ['group', 'a', 'id'])
  })
})

const project = defineProject({
  name: 'loans',
  schema: defineSchema({
    id: { type: 'integer' },
    a: { type: 'number' },
    b: { type: 'number' },
    group: { type: 'category', levels: [1, 2] },
    note: { type: 'text', nullable: true },
    y: { type: 'boolean' },
  }),
  key: 'id',
  target: 'y',
  features: { a: 'as-is', b: 'as-is' },
  sources: [{ kind: 'folder', path: 'data', files: ['loans.csv'] }],
  citation: { title: 'Loans', url: 'https://example.com', licence: 'CC0' },
})

const parameters = parseParameters(readFileSync('params.yaml', 'utf8'), 'params.yaml')

async function openFolder() {
  const directory = makeScratchFolder()
  const tracking = await openTrackingStore({ directory: join(directory, '.mlpt') })
  const write = (path: string, content: string | Uint8Array): void => {
    mkdirSync(join(directory, path, '..'), { recursive: true })
    writeFileSync(join(directory, path), content)
  }
  const read = (path: string): string => readFileSync(join(directory, path), 'utf8')
  const findings = (severity: string): void =>
    write(
      'reports/validation.json',
      JSON.stringify({ meta: { highest_failing_severity: severity } }),
    )
  write('data/raw/loans.parquet', tables.raw)
  write('data/processed/loans.parquet', tables.features)
  write('reports/checks.json', '{"findings": []}')
  findings('warning')
  const contextOf = (
    gates: Partial<Parameters['promote']>,
    slices: Parameters['evaluate']['slices'],
  ): TrackedContext => ({
    directory,
    project,
    parameters: {
      ...parameters,
      split: { folds: 2, test_fold: 0 },
      evaluate: { ...parameters.evaluate, replicates: 100, slice_replicates: 100, slices },
      promote: { ...parameters.promote, max_calibration_error: 1, ...gates },
    },
    log: () => undefined,
    tracking,
    now: () => 1000,
    gitCommit: undefined,
    userId: 'ada',
    lockSha256: undefined,
    processId: 1,
    host: 'here',
    isAlive: () => false,
  })
  return {
    write,
    read,
    findings,
    /** Makes and evaluates sigmoid(a·x + b·y); the other kind is a model that knows nothing. */
    async model(
      kind: string,
      weights: { readonly a: number; readonly b: number },
      slices: Parameters['evaluate']['slices'] = { group: 'levels' },
    ): Promise<void> {
      await writeModel(join(directory, 'models', kind), weights)
      await evaluate(contextOf({}, slices), kind)
      await writeModel(join(directory, 'models/logistic'), { a: 0, b: 0 })
      await evaluate(contextOf({}, slices), 'logistic')
    },
    evaluate: (kind: string) => evaluate(contextOf({}, {}), kind),
    promote: (
      gates: Partial<Parameters['promote']> = {},
      override?: string,
      log: (line: string) => void = () => undefined,
    ) => promote({ ...contextOf(gates, { group: 'levels' }), log }, override),
    verdict: () => JSON.parse(read('reports/promotion.json')) as Verdict,
    page: () => read('reports/promotion.md'),
    versions: () => tracking.listModelVersions('loans'),
    /** As a client of MLflow 3 does, and makes it the champion. */
    async registerLoggedModel(kind: string): Promise<string> {
      const { modelId } = await tracking.createLoggedModel({ experimentId: '0' })
      for (const name of ['MLmodel', 'model.onnx']) {
        const content = readFileSync(join(directory, 'models', kind, name))
        await tracking.writeArtifact({ modelId }, name, content)
      }
      await tracking.finishLoggedModel(modelId, 'LOGGED_MODEL_READY')
      const change = { timestamp: 1 }
      await tracking.createRegisteredModel({ name: 'loans' }, change)
      const registered = { name: 'loans', source: `models:/${modelId}`, modelId }
      const { version } = await tracking.registerModelVersion(registered, change)
      await tracking.setModelAlias('loans', 'champion', { version, ...change })
      return version
    },
    audit: () => tracking.readAudit('loans'),
    [Symbol.asyncDispose]: () => tracking[Symbol.asyncDispose](),
  }
}

async function writeModel(
  folder: string,
  { a, b }: { readonly a: number; readonly b: number },
): Promise<void> {
  const graph = createGraphBuilder('scores', 2)
  const sum = graph.apply('Gemm', [
    graph.input,
    graph.floats([a, b], [2, 1]),
    graph.floats([0], [1]),
  ])
  const manifest = {
    name: 'loans',
    kind: 'scores',
    inputs: { a: { type: 'number' }, b: { type: 'number' } },
    target: 'y',
    example: { a: 0, b: 0 },
  } as const
  await writeModelFolder(folder, manifest, encodeModel(graph.finish(graph.apply('Sigmoid', [sum]))))
}

async function makeTables(): Promise<typeof tables> {
  const random = createRandom(1)
  const rows = Array.from({ length: 2400 }, (_, id) => {
    const [a, b] = [4 * random.next() - 2, 4 * random.next() - 2]
    const group = random.next() < 0.75 ? 1 : 2
    const y = random.next() < 1 / (1 + Math.exp(-3 * (group === 1 ? a : b)))
    const note = ["chr(27) || '[2J'", `'${'x'.repeat(99)}'`, 'NULL'][id % 3]!
    return `(${id}, ${a}, ${b}, ${group}, ${note}, ${y})`
  })
  const folder = makeScratchFolder()
  const [raw, features] = [join(folder, 'raw.parquet'), join(folder, 'features.parquet')]
  using database = await openDatabase()
  await database.writeParquet(
    `SELECT * FROM (VALUES ${rows.join(', ')}) AS t(id, a, b, "group", note, y) ORDER BY id`,
    raw,
  )
  await database.writeParquet(
    `SELECT "row", ${foldExpression({ folds: 2 })} AS fold, a, b, y FROM ${rawRelation(raw)} ORDER BY "row"`,
    features,
  )
  return { raw: readFileSync(raw), features: readFileSync(features) }
}
