/** What a trial of a stage depends on, as dvc.yaml says. */

import { dirname, join, relative } from 'node:path'
import type { Cache } from '../../pipeline/cache/cache.ts'
import type { ReadAddress } from '../../pipeline/run/read-address.ts'
import { readPipeline, type Snapshot } from '../../pipeline/repository/snapshot.ts'
import { commandAsRecorded } from '../../pipeline/stages/dvc-lock.ts'
import { isSameOrWithin, orderStages } from '../../pipeline/stages/graph.ts'
import { parseParameterFile } from '../../pipeline/parameters/parameter-values.ts'
import { isAddress } from '../../pipeline/stages/stage-path.ts'
import { selectParameters } from '../../pipeline/parameters/select-parameters.ts'
import type { Stage } from '../../pipeline/stages/stage.ts'
import { selectStages } from '../../pipeline/stages/targets.ts'
import { createProblems } from '../../pipeline/yaml/problems.ts'
import { formatPythonJson } from '../../pipeline/yaml/python-json.ts'
import type { YamlValue } from '../../pipeline/yaml/yaml-value.ts'

/** Some parameter files with other texts, by absolute path. */
export type OtherTexts = ReadonlyMap<string, string>

/** The pipeline as it is with other texts of parameter files: those stages that bring the target up to date. */
export function stagesFor(snapshot: Snapshot, target: string, texts: OtherTexts): readonly Stage[] {
  const pipeline = readPipeline(withTexts(snapshot, texts))
  return orderStages(selectStages(pipeline, [target], snapshot), pipeline.upstream)
}

function withTexts(snapshot: Snapshot, texts: OtherTexts): Snapshot {
  return {
    ...snapshot,
    readText: (location) => texts.get(location) ?? snapshot.readText(location),
  }
}

/**
 * What stages are told to do: commands, parameters, paths. The same text means the same work on the same data.
 *
 * @throws {ToolkitError} `PIPELINE_INVALID`
 */
export function describeStages(
  stages: readonly Stage[],
  snapshot: Snapshot,
  texts: OtherTexts,
): string {
  const { readText } = withTexts(snapshot, texts)
  return formatPythonJson(
    stages
      .filter(({ data }) => data === undefined)
      .map((stage) => [
        `${stage.file}:${stage.name}`,
        [commandAsRecorded(stage.command ?? '')].flat(),
        relative(dirname(join(snapshot.root, stage.file)), stage.workingFolder),
        new Map(stage.parameters.map((file) => [file.path, valuesOf(file, readText)])),
        stage.dependencies.map(({ path }) => path),
        stage.outputs.map(({ path }) => path),
      ]),
  )
}

function valuesOf(
  { location, path, keys }: Stage['parameters'][number],
  readText: Snapshot['readText'],
): YamlValue {
  const text = readText(location)
  if (text === undefined) return null
  const problems = createProblems()
  const values = parseParameterFile(text, path, problems)
  problems.check()
  return new Map(selectParameters(values ?? new Map(), keys, path))
}

/** How the sources of a repository are read. */
export interface SourceReaders {
  /** Absolute, of the repository. */
  readonly root: string
  readonly cache: Cache
  readonly readAddress: ReadAddress
}

/**
 * The content of what the stages read and none of them makes.
 *
 * @returns a hash by path from the root, or by address; of what is not here what is recorded, else null
 */
export async function hashSources(
  stages: readonly Stage[],
  { root, cache, readAddress }: SourceReaders,
): Promise<ReadonlyMap<string, string | null>> {
  const makers = stages.filter((stage) => stage.data === undefined && !stage.isFrozen)
  const made = makers.flatMap((stage) => stage.outputs.map(({ location }) => location))
  const sources = new Map<string, string | null>()
  for (const { location } of makers.flatMap((stage) => stage.dependencies)) {
    if (made.some((output) => isSameOrWithin(location, output))) continue
    if (isAddress(location)) {
      sources.set(location, (await readAddress(location))?.md5 ?? null)
      continue
    }
    const content = await cache.hash(location)
    sources.set(relative(root, location), content?.fingerprint.md5 ?? recordedOf(location, stages))
  }
  return sources
}

function recordedOf(location: string, stages: readonly Stage[]): string | null {
  for (const { outputs, data } of stages) {
    const output = outputs.find((one) => isSameOrWithin(location, one.location))
    const recorded = output && data?.record.outputs.get(output.path)?.md5
    if (recorded !== undefined) return recorded
  }
  return null
}
