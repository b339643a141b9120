import { styleText } from 'node:util'
import type { Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { listHint, nameHint } from '../../core/nearest.ts'
import type {
  ModelVersion,
  RegisteredModel,
  RegistryChange,
  Tracking,
} from '../../core/tracking.ts'
import { diffVersions } from '../output/diff-versions.ts'
import { findRun } from '../output/lineage.ts'
import {
  formatAudit,
  formatDiff,
  formatModelDetails,
  formatModelList,
  formatVersionDetails,
} from '../output/model-tables.ts'
import { fitLines } from '../output/run-tables.ts'
import {
  addTrackerFlags,
  openAudited,
  openTracker,
  type TrackerFlags,
} from '../flags/tracker-flags.ts'
import { formatTrackingJson } from '../output/tracking-json.ts'
import { currentUser } from '../../core/current-user-process.ts'
import { writeFileAtomically } from '../../core/atomic-file.ts'
import { cardArtifact, cardFiles } from '../../training/card/card-artifact.ts'
import { formatModelCard, parseModelCard } from '../output/model-card-text.ts'
import { readAll } from '../../tracking/all-pages.ts'

/** Adds `mlpt models list`, `show`, `card`, `promote`, `rollback` and `diff`. */
export function addModelsCommand(program: Command): void {
  const models = program
    .command('models')
    .description('see registered models, and which version has which alias')
  addTrackerFlags(models.command('list').description('list all models')).action(showList)
  addTrackerFlags(
    models
      .command('show')
      .description('tell of a model or version: where it comes from, and what happened to it')
      .argument('<name>', 'the model')
      .argument('[version]', 'a number or an alias'),
  ).action(show)
  addTrackerFlags(
    models
      .command('card')
      .description('tell what is to be known of a version: quality, groups, explanations, limits')
      .argument('<name>', 'the model, or model@alias')
      .argument('[version]', 'a number or an alias (default: champion)')
      .option('-o, --output <file>', 'write the card as a page instead'),
  ).action(showCard)
  addTrackerFlags(
    models
      .command('promote')
      .description('give an alias to a version')
      .argument('<name>', 'the model')
      .argument('<version>', 'a number or an alias')
      .option('--alias <alias>', 'the alias that moves', 'champion')
      .requiredOption('--reason <text>', 'why, for the audit log'),
  ).action(promote)
  addTrackerFlags(
    models
      .command('rollback')
      .description('give an alias back to the version that had it before')
      .argument('<name>', 'the model')
      .option('--alias <alias>', 'the alias that moves', 'champion')
      .option('--reason <text>', 'why, for the audit log', 'rolled back'),
  ).action(rollBack)
  addTrackerFlags(
    models
      .command('diff')
      .description('show in what two versions differ, and which metrics got better')
      .argument('<name>', 'the model')
      .argument('<before>', 'a version: a number or an alias')
      .argument('<after>', 'a version: a number or an alias'),
  ).action(showDiff)
}

function print(text: string, colour = (line: string): string => line): void {
  const columns = process.stdout.isTTY ? process.stdout.columns : Infinity
  process.stdout.write(colour(fitLines(text, columns)))
}

async function showList(flags: TrackerFlags): Promise<void> {
  await using tracking = await openTracker(flags)
  const names = await listNames(tracking)
  const models: { model: RegisteredModel; versions: readonly ModelVersion[] }[] = []
  for (const name of names) {
    models.push({
      model: await tracking.getRegisteredModel(name),
      versions: await tracking.listModelVersions(name),
    })
  }
  if (flags.json === true) process.stdout.write(formatTrackingJson({ models }))
  else print(formatModelList(models))
}

async function listNames(tracking: Tracking): Promise<readonly string[]> {
  const models = await readAll((pageToken) =>
    tracking.searchRegisteredModels({ maxResults: 1000, pageToken }),
  )
  return models.map(({ name }) => name)
}

async function show(
  address: string,
  given: string | undefined,
  flags: TrackerFlags,
): Promise<void> {
  await using tracker = await openAudited(flags)
  const { tracking, store } = tracker
  const isWhole = given !== undefined || !address.includes('@')
  const names = isWhole ? [address] : await listNames(tracking)
  const [name, selector] = names.includes(address) ? [address, given] : splitAddress(address)
  const model = await getModel(tracking, name)
  const versions = await tracking.listModelVersions(name)
  const audit = await store?.readAudit(name)
  if (selector === undefined) {
    if (flags.json === true) process.stdout.write(formatTrackingJson({ model, versions, audit }))
    else print(formatModelDetails(model, versions) + formatAudit(audit ?? []))
    return
  }
  const version = await getVersion(tracking, name, selector)
  const run = await findRun(tracking, version)
  const concerned = (audit ?? []).filter(({ fromVersion, toVersion }) =>
    [fromVersion, toVersion].includes(version.version),
  )
  if (flags.json === true)
    process.stdout.write(formatTrackingJson({ version, run, audit: concerned }))
  else print(formatVersionDetails(version, run) + formatAudit(concerned))
}

async function showCard(
  address: string,
  selector: string | undefined,
  flags: TrackerFlags & { readonly output?: string },
): Promise<void> {
  await using tracking = await openTracker(flags)
  const [name, alias] = selector === undefined ? splitAddress(address) : [address, selector]
  await getModel(tracking, name)
  const version = await getVersion(tracking, name, alias)
  const files = await readCard(tracking, version)
  const text = new TextDecoder()
  if (flags.output !== undefined) {
    await writeFileAtomically(flags.output, text.decode(files.get(cardFiles.page)))
  }
  const json = text.decode(files.get(cardFiles.json))
  const place = `${name}, version ${version.version}`
  if (flags.json === true) process.stdout.write(json)
  else if (flags.output !== undefined) process.stdout.write(`wrote ${flags.output}: ${place}\n`)
  else print(formatModelCard(parseModelCard(json, place), place))
}

/** A name may hold an '@', an alias does not. */
function splitAddress(address: string): readonly [name: string, alias: string] {
  const at = address.lastIndexOf('@')
  return at === -1 ? [address, 'champion'] : [address.slice(0, at), address.slice(at + 1)]
}

/** @throws {ToolkitError} `TRACKING_NOT_FOUND` when the version has none */
async function readCard(
  tracking: Tracking,
  { name, version, runId }: ModelVersion,
): Promise<ReadonlyMap<string, Uint8Array>> {
  try {
    if (runId !== undefined) return await tracking.readArtifacts(runId, cardArtifact)
  } catch (error) {
    if (!(error instanceof ToolkitError && error.code === 'TRACKING_NOT_FOUND')) throw error
  }
  throw new ToolkitError('TRACKING_NOT_FOUND', `version ${version} of '${name}' has no card`, {
    hint: "cards are written when 'mlpt promote' registers a version",
  })
}

interface MoveFlags extends TrackerFlags {
  readonly alias: string
  readonly reason: string
}

async function promote(name: string, selector: string, flags: MoveFlags): Promise<void> {
  await using tracking = await openTracker(flags)
  await getModel(tracking, name)
  const { version } = await getVersion(tracking, name, selector)
  const before = await tracking.findModelVersion(name, flags.alias)
  await tracking.setModelAlias(name, flags.alias, { version, ...changeFor(flags.reason) })
  tellMove({ name, before: before?.version, version }, flags)
}

async function rollBack(name: string, flags: MoveFlags): Promise<void> {
  await using tracker = await openAudited(flags)
  const { tracking, store } = tracker
  if (store === undefined) {
    throw new ToolkitError('CLI_USAGE', 'the audit log that a rollback needs is in the store', {
      hint: `run it where the store is, with --store, or name the version: mlpt models promote ${name} <version> --alias ${flags.alias} --reason …`,
    })
  }
  await getModel(tracking, name)
  const { from, to } = await store.rollBackAlias(name, flags.alias, changeFor(flags.reason))
  if (to === undefined) {
    throw new ToolkitError(
      'TRACKING_NOT_FOUND',
      `no version of '${name}' had the alias '${flags.alias}' before${from === undefined ? '' : ` version ${from}`}`,
      { hint: `see its log: mlpt models show ${name}` },
    )
  }
  tellMove({ name, before: from, version: to }, flags)
}

function changeFor(reason: string): RegistryChange {
  return { reason, timestamp: Date.now(), userId: currentUser() }
}

function tellMove(
  {
    name,
    before,
    version,
  }: { readonly name: string; readonly before: string | undefined; readonly version: string },
  { alias, reason, json }: MoveFlags,
): void {
  if (json === true) {
    process.stdout.write(
      formatTrackingJson({ name, alias, from: before ?? null, to: version, reason }),
    )
    return
  }
  const from = before === undefined ? '' : ` (was version ${before})`
  process.stdout.write(`${name}@${alias} is version ${version}${from}\n`)
}

async function showDiff(
  name: string,
  before: string,
  after: string,
  flags: TrackerFlags,
): Promise<void> {
  await using tracking = await openTracker(flags)
  await getModel(tracking, name)
  const diff = await diffVersions(tracking, {
    before: await getVersion(tracking, name, before),
    after: await getVersion(tracking, name, after),
  })
  if (flags.json === true) process.stdout.write(formatTrackingJson(diff))
  else print(formatDiff(diff), colourVerdicts)
}

/** Only for a terminal that shows colours. */
function colourVerdicts(text: string): string {
  const { stdout } = process
  if (!stdout.isTTY) return text
  return text.replaceAll(/(?<= {2})(better|worse)$/gm, (word) =>
    styleText(word === 'better' ? 'green' : 'red', word, { stream: stdout }),
  )
}

/** @throws {ToolkitError} `TRACKING_NOT_FOUND` with the nearest name */
async function getModel(tracking: Tracking, name: string): Promise<RegisteredModel> {
  try {
    return await tracking.getRegisteredModel(name)
  } catch (error) {
    if (!(error instanceof ToolkitError && error.code === 'TRACKING_NOT_FOUND')) throw error
    throw new ToolkitError('TRACKING_NOT_FOUND', `there is no model '${name}'`, {
      hint: nameHint(name, await listNames(tracking), 'models'),
      cause: error,
    })
  }
}

async function getVersion(
  tracking: Tracking,
  name: string,
  selector: string,
): Promise<ModelVersion> {
  const version = await tracking.findModelVersion(name, selector)
  if (version !== undefined) return version
  const known = await tracking.listModelVersions(name)
  const selectors = known.flatMap(({ version: number, aliases }) => [number].concat(aliases))
  throw new ToolkitError('TRACKING_NOT_FOUND', `'${name}' has no version or alias '${selector}'`, {
    hint: listHint(selectors, 'versions and aliases'),
  })
}
