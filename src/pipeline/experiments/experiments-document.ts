/** Experiments as DVC's `exp show --json` tells them. */

import { toResultsDocument, type FileResults } from '../compare/file-values.ts'
import type { RecordedPath } from '../stages/record.ts'
import { isYamlMap, type YamlMap, type YamlScalar, type YamlValue } from '../yaml/yaml-value.ts'
import type { BaselineState, ExperimentData, ExperimentState } from './collect-process.ts'

/** The document; times are local and without a zone, as in DVC. */
export function toExperimentsDocument(baselines: readonly BaselineState[]): YamlValue {
  return baselines.map((baseline) => {
    const ranges = baseline.experiments.map((experiment): YamlMap =>
      toMap({ revs: [toState(experiment, null)], executor: null, name: experiment.name ?? null }),
    )
    return toState(baseline, ranges.length === 0 ? null : ranges)
  })
}

function toState(state: ExperimentState, experiments: YamlValue): YamlMap {
  const { revision, name, data, error } = state
  return toMap({
    rev: revision,
    name: name ?? null,
    data: data === undefined ? null : toData(state, data),
    error: error === undefined ? null : toMap({ msg: error.message, type: error.code }),
    experiments,
  })
}

function toData({ revision, time }: ExperimentState, data: ExperimentData): YamlMap {
  return toMap({
    rev: revision,
    timestamp: time === undefined ? null : formatLocalTime(time),
    params: toFiles(data.params),
    metrics: toFiles(data.metrics),
    deps: mapValues(data.dependencies, (recorded) => toMap(toRecord(recorded))),
    outs: mapValues(data.outputs, ({ recorded, isCached, isSource }) =>
      toMap({ ...toRecord(recorded), use_cache: isCached, is_data_source: isSource }),
    ),
    meta: new Map(),
  })
}

function toRecord(recorded: RecordedPath | undefined): Record<string, YamlValue> {
  return {
    hash: recorded?.md5 ?? null,
    size: toInteger(recorded?.sizeBytes),
    nfiles: toInteger(recorded?.fileCount),
  }
}

function toInteger(count: number | undefined): YamlScalar {
  return count === undefined ? null : BigInt(count)
}

function toFiles(files: FileResults): YamlValue {
  const result = toResultsDocument(new Map([['', { kind: 'files', files }]])).get('')
  return isYamlMap(result) ? (result.get('data') ?? null) : null
}

function toMap(members: Readonly<Record<string, YamlValue>>): YamlMap {
  return new Map(Object.entries(members))
}

function mapValues<T>(map: ReadonlyMap<string, T>, change: (value: T) => YamlValue): YamlMap {
  return new Map(Array.from(map, ([key, value]) => [key, change(value)]))
}

/** `2026-11-24T18:05:09`, in the zone of this machine. @param seconds - since 1970 */
export function formatLocalTime(seconds: number): string {
  const time = new Date(seconds * 1000)
  const day = `${time.getFullYear()}-${twoDigits(time.getMonth() + 1)}-${twoDigits(time.getDate())}`
  return `${day}T${twoDigits(time.getHours())}:${twoDigits(time.getMinutes())}:${twoDigits(time.getSeconds())}`
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
