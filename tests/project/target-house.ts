/** Projects of any target, whose steps run in this process. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { defineSchema } from '../../src/core/schema.ts'
import { openDatabase, quoteText } from '../../src/data/duckdb-store.ts'
import { defineProject, type Project } from '../../src/project/definition/define-project.ts'
import { evaluate } from '../../src/project/evaluate.ts'
import { features } from '../../src/project/features.ts'
import { layoutOf } from '../../src/project/layout.ts'
import { parseParameters, type ModelKind } from '../../src/project/parameters/parameters.ts'
import { promote } from '../../src/project/promote/promote.ts'
import type { TrackedContext } from '../../src/project/step.ts'
import { train } from '../../src/project/train.ts'
import { openTrackingStore } from '../../src/tracking/index.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

/** A folder with a project in it. */
export interface House extends AsyncDisposable {
  readonly directory: string
  readonly context: TrackedContext
  /** What the steps said. */
  readonly said: readonly string[]
  readonly make: (...kinds: readonly ModelKind[]) => Promise<void>
  readonly promote: () => Promise<void>
  readonly read: (path: string) => string
  readonly readJson: (path: string) => unknown
}

/** Things with a column for each kind of target. @param weight - the column of integers that says how much a row counts */
export function defineThings(
  target: 'size' | 'kind' | 'shape' | 'is_large',
  weight?: 'weight',
): Project {
  return defineProject({
    name: 'things',
    schema: defineSchema({
      id: { type: 'integer', min: 1 },
      a: { type: 'number' },
      b: { type: 'number' },
      kind: { type: 'category', levels: [0, 1, 2] },
      shape: { type: 'text', levels: ['round', 'flat', 'long'] },
      is_large: { type: 'boolean' },
      size: { type: 'number' },
      weight: { type: 'integer', min: 0 },
    }),
    key: 'id',
    target,
    ...(weight && { weight }),
    features: { a: 'standardize', b: 'as-is' },
    sources: [{ kind: 'folder', path: 'data', files: ['things.csv'] }],
    citation: { title: 'Things', url: 'https://example.com', licence: 'CC0' },
  })
}

/** Opens a project on rows of CSV; nothing of them is checked before `features`. */
export async function buildHouse(project: Project, csv: string, parameters = '{}'): Promise<House> {
  const house = await openHouse(project, makeScratchFolder(), parameters)
  using database = await openDatabase()
  const source = join(house.directory, 'rows.csv')
  writeFileSync(source, csv)
  const raw = join(house.directory, layoutOf(project.name).raw)
  mkdirSync(dirname(raw), { recursive: true })
  await database.writeParquet(`SELECT * FROM read_csv(${quoteText(source)})`, raw)
  await features(house.context)
  return house
}

/** @param parameters - YAML: what of params.yaml is not as `usualParameters` has it */
export async function openHouse(
  project: Project,
  directory: string,
  parameters: string,
): Promise<House> {
  const tracking = await openTrackingStore({ directory: join(directory, '.mlpt') })
  const said: string[] = []
  const context: TrackedContext = {
    directory,
    project,
    parameters: parseParameters(parameters, 'params.yaml'),
    log: (line) => said.push(line),
    tracking,
    now: () => 1000,
    gitCommit: undefined,
    userId: 'ada',
    lockSha256: undefined,
    processId: 1,
    host: 'here',
    isAlive: () => false,
  }
  const read = (path: string): string => readFileSync(join(directory, path), 'utf8')
  return {
    directory,
    context,
    said,
    async make(...kinds) {
      for (const kind of kinds) {
        await train(context, kind)
        await evaluate(context, kind)
      }
    },
    promote: () => promote(context),
    read,
    readJson: (path) => JSON.parse(read(path)) as unknown,
    [Symbol.asyncDispose]: () => tracking[Symbol.asyncDispose](),
  }
}

/** Parameters as text. @param more - sections in YAML's flow form: `train`, `evaluate` and `promote` */
export function parametersOf(more: {
  readonly train?: object
  readonly evaluate?: object
  readonly promote: object
}): string {
  const warn = 'warn'
  return JSON.stringify({
    ingest: { sha256: 'a'.repeat(64) },
    checks: {
      missing_target: warn,
      single_class_target: warn,
      rare_class: warn,
      duplicate_keys: warn,
      target_leakage: warn,
      leakage_auc: 1,
      leakage_explained_share: 1,
      constant_columns: warn,
      near_constant_share: 1,
      duplicate_columns: warn,
      target_outliers: warn,
      sorted_by_target: warn,
      index_correlation: warn,
    },
    split: { folds: 3, test_fold: 0 },
    train: more.train ?? {},
    evaluate: {
      replicates: 100,
      slice_replicates: 100,
      confidence_level: 0.9,
      seed: 1,
      min_slice_rows: 10,
      ...more.evaluate,
    },
    promote: { min_improvement: 0, ...more.promote },
  })
}
