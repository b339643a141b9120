import { pluralize } from '../../core/format-number.ts'
import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { parseInstant } from '../../core/instant.ts'
import { formatJson } from '../../core/json.ts'
import type { FeatureView } from '../../data/feature-store/feature-view.ts'
import type { OnlineStore } from '../../data/feature-store/online-store.ts'
import type { StepContext } from '../../project/step.ts'
import { type EntityTexts, parseEntity, readKey } from '../flags/entity-key.ts'
import { parseNames } from '../flags/parse-names.ts'
import { openStepContext } from '../contexts/project-context.ts'
import { addReadFlags, type ReadFlags } from '../flags/read-flags.ts'
import { addJsonFlag, printResult, type JsonFlag } from '../output/print-result.ts'
import { tellMadeByStage } from '../output/tell-made-by-stage.ts'

/** `mlpt features`: writes the feature table; its subcommands are about the feature store. */
export function addFeaturesCommand(program: Command): void {
  const features = program
    .command('features')
    .description(
      'write the feature table; list, append, join, materialize and get features of the store',
    )
    .action(() => build({}))
  addJsonFlag(
    features
      .command('build')
      .description('put the facts into the store and write the feature table with each row’s fold'),
  ).action(build)
  addStoreCommands(features)
  addJoinCommand(features)
  addOnlineCommands(features)
}

function addStoreCommands(features: Command): void {
  features
    .command('list')
    .description('list the feature views: how many facts, from when until when')
    .option('--json', 'print one JSON document')
    .action(list)
  addJsonFlag(
    addReadFlags(
      features
        .command('append')
        .description('append the facts of a table file to a feature view')
        .argument('<view>', 'name of the feature view')
        .argument('<file>', 'table file with its entities, moments and features'),
    ),
  ).action(append)
  addJsonFlag(
    features
      .command('compact')
      .description('make one file of the files of each month; the facts stay the same')
      .argument('<view>', 'name of the feature view'),
  ).action(compact)
}

function addJoinCommand(features: Command): void {
  addReadFlags(
    features
      .command('join')
      .description('give each row of a table file the features that held at its moment')
      .argument('<file>', 'table file with the entities and a moment')
      .requiredOption('--timestamp <column>', 'column of the moment')
      .requiredOption('--output <path>', 'Parquet file to write; what it is made of lies beside it')
      .option('--views <names>', 'feature views, separated by commas; all when absent', parseNames)
      .option('--full-names', 'call features view__feature')
      .option('--known-by <instant>', "only facts that were created by then, or by each 'row'")
      .option('--json', 'print one JSON document'),
  ).action(join)
}

function addOnlineCommands(features: Command): void {
  addOnline(
    features
      .command('materialize')
      .description('bring the newest facts into the online store')
      .argument('[views...]', 'names of feature views; all when absent')
      .option('--until <instant>', 'only facts up to then; now when absent')
      .option('--json', 'print one JSON document'),
  ).action(materialize)
  addOnline(
    features
      .command('get')
      .description('read the newest features of one entity from the online store')
      .argument('<view>', 'name of the feature view')
      .argument('<entity...>', 'name=value of each entity', parseEntity)
      .option('--features <names>', 'features, separated by commas; all when absent', parseNames)
      .option(
        '--at <instant>',
        'when they are wanted, for what is too old by then; now when absent',
      )
      .option('--json', 'print one JSON document'),
  ).action(get)
}

/** Where the online store is when nobody says where. */
export const onlinePath = '.mlpt/online.db'

function addOnline(command: Command): Command {
  return command.option('--online <path>', 'the online store', onlinePath)
}

async function build(flags: JsonFlag): Promise<void> {
  const context = await openStepContext()
  const { features } = await import('../../project/features.ts')
  printResult(flags, await features(context), '')
}

async function list(flags: { readonly json?: boolean }): Promise<void> {
  const context = await openStepContext()
  const { listViews } = await import('../../project/definition/feature-views.ts')
  const { layoutOf } = await import('../../project/layout.ts')
  const { summarizeFeatures } = await import('../../data/feature-store/feature-store-file.ts')
  const store = layoutOf(context.project.name).store
  const summaries = await summarizeFeatures(listViews(context.project), { store })
  if (flags.json === true) return write(formatJson(summaries))
  if (summaries.length === 0) return write('the project has no feature views\n')
  const { formatTable } = await import('../../pipeline/compare/text-table.ts')
  const rows = summaries.map(({ name, rows: facts, files, from = '', until = '' }) => [
    name,
    String(facts),
    String(files),
    from.slice(0, 10),
    until.slice(0, 10),
  ])
  write(formatTable({ header: ['view', 'facts', 'files', 'from', 'until'], rows }))
}

async function append(view: string, file: string, flags: ReadFlags & JsonFlag): Promise<void> {
  const place = await findPlace(view)
  const { openDatabase } = await import('../../data/duckdb-store.ts')
  const { describeChange } = await import('../../project/definition/feature-views.ts')
  const { fitText } = await import('../output/terminal-text.ts')
  const { openNamedTable } = await import('../contexts/open-table.ts')
  const { appendFacts } = await import('../../data/feature-store/view-store.ts')
  const { textTypes } = await import('../../data/reading/text-types.ts')
  using database = await openDatabase()
  const type = textTypes({ ...place.view.entities, ...place.view.features }, flags.type)
  await using opened = await openNamedTable(database, file, { ...flags, type })
  const change = await appendFacts(database, place, opened.table)
  const lines = describeChange(place.view, change).flatMap((line) => line.split('\n'))
  const { manifest: _, ...told } = change
  printResult(flags, told, lines.map((line) => `${fitText(line, Infinity)}\n`).join(''))
  await tellMadeByStage(place.folder)
}

async function compact(view: string, flags: JsonFlag): Promise<void> {
  const place = await findPlace(view)
  const { openDatabase } = await import('../../data/duckdb-store.ts')
  const { compactView } = await import('../../data/feature-store/view-store.ts')
  using database = await openDatabase()
  const { manifest } = await compactView(database, place)
  const files = manifest.parts.length
  printResult(flags, { view, files }, `${view}: ${files} ${pluralize(files, 'file')}\n`)
}

interface JoinFlags extends ReadFlags {
  readonly timestamp: string
  readonly output: string
  readonly views?: readonly string[]
  readonly fullNames?: boolean
  readonly knownBy?: string
  readonly json?: boolean
}

async function join(file: string, flags: JoinFlags): Promise<void> {
  const context = await openStepContext()
  const { openDatabase } = await import('../../data/duckdb-store.ts')
  const { openNamedTable } = await import('../contexts/open-table.ts')
  const { layoutOf } = await import('../../project/layout.ts')
  const { saveTrainingSet } = await import('../../data/feature-store/training-set-file.ts')
  const { textTypes } = await import('../../data/reading/text-types.ts')
  const views = await chooseViews(context, flags.views)
  await warnOfEmpty(context, views)
  using database = await openDatabase()
  const entities = Object.assign({}, ...views.map(({ entities: own }) => own))
  const type = textTypes(entities, flags.type)
  await using opened = await openNamedTable(database, file, { ...flags, type })
  const { timestamp, fullNames, knownBy } = flags
  const training = await saveTrainingSet(database, opened.table, {
    views: views.map((view) => ({ view })),
    paths: { store: layoutOf(context.project.name).store, output: flags.output },
    options: {
      timestamp,
      ...(fullNames !== undefined && { fullNames }),
      ...(knownBy !== undefined && { knownBy }),
    },
  })
  write(
    flags.json === true
      ? formatJson(training)
      : `${training.rows} ${pluralize(training.rows, 'row')}: ${flags.output}\n`,
  )
}

interface OnlineFlags {
  readonly online: string
  readonly json?: boolean
}

async function materialize(
  names: readonly string[],
  flags: OnlineFlags & { readonly until?: string },
): Promise<void> {
  const context = await openStepContext()
  const { openDatabase } = await import('../../data/duckdb-store.ts')
  const { materializeView } = await import('../../data/feature-store/materialize-store.ts')
  const { placeOfView } = await import('../../project/definition/feature-views.ts')
  const views = await chooseViews(context, names.length === 0 ? undefined : names)
  const until = flags.until ?? new Date().toISOString()
  await warnOfEmpty(context, views)
  using database = await openDatabase()
  using store = await openOnline(flags.online)
  const results: Record<string, object> = {}
  for (const view of views) {
    const place = placeOfView(view, context)
    const { changed, seen } = await materializeView(database, place, { store, until })
    results[view.name] = { changed, seen }
    if (flags.json !== true) write(`${view.name}: ${changed} of ${seen} entities have news\n`)
  }
  if (flags.json === true) write(formatJson(results))
}

interface GetFlags extends OnlineFlags {
  readonly features?: readonly string[]
  readonly at?: string
}

async function get(name: string, entity: EntityTexts, flags: GetFlags): Promise<void> {
  const { project } = await openStepContext()
  const { findView } = await import('../../project/definition/feature-views.ts')
  const { readOnlineFeatures } = await import('../../data/feature-store/materialize-store.ts')
  const view = findView(project, name)
  if (!existsSync(flags.online)) {
    throw new ToolkitError('FILE_MISSING', `there is no online store '${flags.online}'`, {
      hint: "run 'mlpt features materialize' first, or name another one with --online",
    })
  }
  using store = await openOnline(flags.online)
  const found = readOnlineFeatures(store, view, {
    key: readKey(view, entity),
    at: flags.at === undefined ? Date.now() : readInstant(flags.at),
    ...(flags.features !== undefined && { features: flags.features }),
  })
  if (flags.json === true) return write(formatJson(found))
  for (const [feature, value] of Object.entries(found.values)) {
    write(`${feature}  ${value === null ? found.statuses[feature] : String(value)}\n`)
  }
}

async function openOnline(path: string): Promise<OnlineStore> {
  const { openOnlineStore } = await import('../../data/feature-store/online-store.ts')
  return openOnlineStore(path)
}

async function findPlace(name: string): ReturnType<typeof openPlace> {
  return openPlace(await openStepContext(), name)
}

async function openPlace(context: StepContext, name: string) {
  const { findView, placeOfView } = await import('../../project/definition/feature-views.ts')
  return placeOfView(findView(context.project, name), context)
}

async function chooseViews(
  { project }: StepContext,
  names: readonly string[] | undefined,
): Promise<readonly FeatureView[]> {
  const { findView, listViews } = await import('../../project/definition/feature-views.ts')
  const views = names?.map((name) => findView(project, name)) ?? listViews(project)
  if (views.length > 0) return views
  throw new ToolkitError('CLI_USAGE', 'the project has no feature views', {
    hint: 'name some in project.ts, under featureStore',
  })
}

/** All their features are missing: seldom what was wanted. */
async function warnOfEmpty({ project }: StepContext, views: readonly FeatureView[]): Promise<void> {
  const { summarizeFeatures } = await import('../../data/feature-store/feature-store-file.ts')
  const { layoutOf } = await import('../../project/layout.ts')
  const chosen = [...new Set(views)]
  const found = await summarizeFeatures(chosen, { store: layoutOf(project.name).store })
  for (const { name } of found.filter(({ rows }) => rows === 0)) {
    process.stderr.write(
      `warning: feature view '${name}' has no facts: 'mlpt features build' or 'append' brings some\n`,
    )
  }
}

function readInstant(text: string): number {
  const at = parseInstant(text)
  if (at !== undefined) return at
  throw new ToolkitError('CLI_USAGE', `'${text}' is no instant`, {
    hint: 'write it as 2026-01-31T00:00:00Z',
  })
}

function write(text: string): void {
  process.stdout.write(text)
}
