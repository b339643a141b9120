import type { Command } from 'commander'
import { formatJson } from '../../core/json.ts'
import type { Tracking } from '../../core/tracking.ts'
import type { PackageRequest, PackageResult } from '../../project/package/package-model-file.ts'
import { addTrackerFlags, openTracker, type TrackerFlags } from '../flags/tracker-flags.ts'

interface PackageFlags extends TrackerFlags {
  readonly output: string
  readonly bento?: true
  readonly force?: true
}

/** Adds `mlpt package`, which puts a model and its server into a folder that needs only Node. */
export function addPackageCommand(program: Command): void {
  const command = program
    .command('package')
    .description('make a folder that serves a model by Node alone, with a Dockerfile')
    .argument(
      '[model]',
      "models:/name@alias, models:/name/3, or a model folder (default: the project's champion)",
    )
    .requiredOption('-o, --output <folder>', 'the folder to make, or an earlier package to replace')
    .option('--bento', 'make a project for BentoML instead')
    .option('--force', 'replace an earlier package also where files were added to it')
  addTrackerFlags(command).action(makePackage)
}

async function makePackage(selector: string | undefined, flags: PackageFlags): Promise<void> {
  const { packageModel } = await import('../../project/package/package-model-file.ts')
  const { championOfProject } = await import('../contexts/open-selected-model.ts')
  const place = selector ?? (await championOfProject())
  const result = await packageModel({
    ...(await readModel(place, flags)),
    place,
    kind: flags.bento === true ? 'bento' : 'server',
    output: flags.output,
    isForced: flags.force === true,
  })
  if (flags.json === true) process.stdout.write(formatJson(result))
  else process.stdout.write(formatResult(result))
}

type ReadModel = Pick<PackageRequest, 'files' | 'lineage'>

async function readModel(place: string, flags: PackageFlags): Promise<ReadModel> {
  if (/^(?:models|runs):/.test(place)) {
    const { checkAddress } = await import('../../project/served-model.ts')
    checkAddress(place)
    await using tracking = await openTracker(flags)
    return await readTrackedModel(tracking, place)
  }
  const { readModelFiles } = await import('../../project/package/package-model-file.ts')
  const { unknownLineage } = await import('../../serving/package/package-manifest.ts')
  return { files: await readModelFiles(place), lineage: unknownLineage }
}

async function readTrackedModel(tracking: Tracking, place: string): Promise<ReadModel> {
  const { loadModel } = await import('../../tracking/client/load-model.ts')
  const { lineageOf } = await import('../output/lineage.ts')
  const { unknownLineage } = await import('../../serving/package/package-manifest.ts')
  const { files, version } = await loadModel(tracking, place)
  if (version === undefined) return { files, lineage: unknownLineage }
  const run = version.runId === undefined ? undefined : await tracking.getRun(version.runId)
  const { runId, modelId, commit, dataHash, lockHash } = lineageOf(version, run)
  return {
    files,
    lineage: {
      version: version.version,
      runId: runId ?? null,
      modelId: modelId ?? null,
      commit: commit ?? null,
      dataHash: dataHash ?? null,
      lockHash: lockHash ?? null,
    },
  }
}

function formatResult({
  output,
  kind,
  model,
  needsRuntime,
  files,
  sizeBytes,
}: PackageResult): string {
  const version = model.version === null ? '' : `, version ${model.version}`
  const size = `${(sizeBytes / 1e6).toFixed(1)} MB`
  const next =
    kind === 'bento'
      ? [`  serve  cd ${output} && bentoml serve`, `  build  cd ${output} && bentoml build`]
      : [
          ...(needsRuntime ? [`  first  cd ${output} && npm install --ignore-scripts`] : []),
          `  start  node ${output}/server.js`,
          `  image  docker build ${output}`,
        ]
  return [`${output}: ${model.name}${version}, ${files} files, ${size}`, ...next, ''].join('\n')
}
