/** Random experiments, runs and models, from few enough values that searches find some and that orders have ties. */

import type { Random } from '../../../src/core/random.ts'

export interface SearchData {
  readonly experiments: readonly ExperimentData[]
  readonly runs: readonly RunData[]
  readonly models: readonly ModelData[]
  readonly loggedModels: readonly LoggedModelData[]
}

type Texts = Readonly<Record<string, string>>
type Lifecycle = 'active' | 'deleted'

export interface ExperimentData {
  readonly id: number
  readonly name: string
  readonly lifecycle: Lifecycle
  readonly creationTime: number
  readonly lastUpdateTime: number
  readonly tags: Texts
}

export interface RunData {
  readonly id: string
  readonly experimentId: number
  readonly name: string
  readonly userId: string
  readonly status: string
  readonly startTime: number
  readonly endTime: number | null
  readonly lifecycle: Lifecycle
  readonly params: Texts
  readonly tags: Texts
  readonly metrics: Readonly<Record<string, number>>
  readonly datasets: readonly DatasetData[]
}

export interface DatasetData {
  readonly name: string
  readonly digest: string
  readonly context: string | undefined
}

export interface ModelData {
  readonly name: string
  readonly creationTime: number
  readonly lastUpdateTime: number
  readonly tags: Texts
  readonly versions: readonly VersionData[]
}

export interface VersionData {
  readonly version: number
  readonly runId: string
  readonly source: string
  readonly creationTime: number
  readonly lastUpdateTime: number
  readonly tags: Texts
}

export interface LoggedModelData {
  readonly id: string
  readonly experimentId: number
  readonly name: string
  readonly modelType: string
  readonly sourceRunId: string
  readonly creationTime: number
  readonly lastUpdateTime: number
  readonly lifecycle: Lifecycle
  readonly params: Texts
  readonly tags: Texts
  readonly points: readonly PointData[]
}

export interface PointData {
  readonly key: string
  readonly value: number
  readonly timestamp: number
  readonly step: number
  readonly runId: string
  readonly datasetName: string
  readonly datasetDigest: string
}

export const pools = {
  metricKeys: ['loss', 'acc', 'val/loss', 'a b', 'm.x', 'größe', '_2nd'],
  pairKeys: ['model', 'lr', 'a b', 'x.y', 'mlflow.source.name', 'order', 'path/x:y'],
  texts: [
    'linear',
    'Linear',
    'LINEAR tree',
    'tree',
    '',
    '0.1',
    '5',
    'a%b',
    'a_b',
    'axb',
    "it's",
    'say "x"',
    'ü',
    'Ü',
    '[x]',
    'x',
    'a*b',
    'a?b',
    'a\\b',
    'C:\\new',
    'true',
    'false',
    'line\nline',
  ],
  numbers: [-1, 0, 0.5, 1, 0.001, 1000, -0.25],
  oddNumbers: [Number.NaN, Infinity, -Infinity],
  times: [0, 10, 20, 1_764_000_000_000, 1_764_000_000_001],
  statuses: ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'],
  datasetNames: ['train', 'test set', 'Train'],
  digests: ['d1', 'd2'],
  contexts: ['training', 'evaluation', undefined],
} as const

/** The same for the same numbers. */
export function randomData(random: Random): SearchData {
  const experiments = times(8, (i) => randomExperiment(random, i + 1))
  const runs = times(90, (i) => randomRun(random, i))
  return {
    experiments,
    runs,
    models: times(14, (i) => randomModel(random, i)),
    loggedModels: times(40, (i) => randomLoggedModel(random, i)),
  }
}

function randomExperiment(random: Random, id: number): ExperimentData {
  return {
    id,
    name: `${pick(random, pools.texts)} ${id}`,
    lifecycle: id === 3 ? 'deleted' : 'active',
    creationTime: pick(random, pools.times),
    lastUpdateTime: pick(random, pools.times),
    tags: randomTexts(random),
  }
}

function randomRun(random: Random, i: number): RunData {
  const name = pick(random, pools.texts)
  return {
    id: hexadecimal(random, 32),
    experimentId: 1 + random.nextInteger(3),
    name,
    userId: pick(random, ['ada', 'Ada', 'bob', '']),
    status: pick(random, pools.statuses),
    startTime: pick(random, pools.times),
    endTime: random.next() < 0.3 ? null : pick(random, pools.times),
    lifecycle: random.next() < 0.1 ? 'deleted' : 'active',
    params: randomTexts(random),
    // Now and then the tag of the name was deleted.
    tags: { ...randomTexts(random), ...(i % 9 === 0 ? {} : { 'mlflow.runName': name }) },
    metrics: randomMetrics(random),
    datasets: randomDatasets(random),
  }
}

function randomMetrics(random: Random): Record<string, number> {
  const keys = pools.metricKeys.filter(() => random.next() < 0.6)
  return Object.fromEntries(keys.map((key) => [key, randomNumber(random)]))
}

function randomDatasets(random: Random): DatasetData[] {
  const all = pools.datasetNames.flatMap((name) =>
    pools.digests.map((digest) => ({ name, digest })),
  )
  return all
    .filter(() => random.next() < 0.2)
    .map((dataset) => ({ ...dataset, context: pick(random, pools.contexts) }))
}

function randomModel(random: Random, i: number): ModelData {
  const name = `${pick(random, ['credit', 'Credit', 'churn_x', 'churn%'])} ${i}`
  const prompt =
    random.next() < 0.3
      ? { 'mlflow.prompt.is_prompt': pick(random, ['true', 'false', 'True']) }
      : {}
  return {
    name,
    creationTime: pick(random, pools.times),
    lastUpdateTime: pick(random, pools.times),
    tags: { ...randomTexts(random), ...prompt },
    versions: times(random.nextInteger(5), (version) => ({
      version: version + 1,
      runId: pick(random, ['', 'r1', 'r2']),
      source: `mlflow-artifacts:/1/${pick(random, ['r1', 'R2'])}/artifacts`,
      creationTime: pick(random, pools.times),
      lastUpdateTime: pick(random, pools.times),
      tags: { ...randomTexts(random), ...(random.next() < 0.5 ? prompt : {}) },
    })),
  }
}

function randomLoggedModel(random: Random, i: number): LoggedModelData {
  return {
    id: `m-${hexadecimal(random, 32)}`,
    experimentId: 1 + random.nextInteger(3),
    name: `${pick(random, ['linear', 'Linear', 'tree'])}${i % 7}`,
    modelType: pick(random, ['', 'onnx', 'agent']),
    sourceRunId: pick(random, ['', 'r1', 'r2']),
    creationTime: pick(random, pools.times),
    lastUpdateTime: pick(random, pools.times),
    lifecycle: random.next() < 0.1 ? 'deleted' : 'active',
    params: randomTexts(random),
    tags: randomTexts(random),
    points: randomPoints(random),
  }
}

/** No two of one metric at one time and step: which of them counts, MLflow leaves open. */
function randomPoints(random: Random): PointData[] {
  const keys = pools.metricKeys.filter(() => random.next() < 0.5)
  return keys.flatMap((key) =>
    times(1 + random.nextInteger(4), (step) => {
      const isOnData = random.next() < 0.6
      return {
        key,
        value: pick(random, pools.numbers),
        timestamp: pick(random, pools.times),
        step,
        runId: pick(random, ['r1', 'r2']),
        datasetName: isOnData ? pick(random, pools.datasetNames) : '',
        datasetDigest: isOnData ? pick(random, pools.digests) : '',
      }
    }),
  )
}

function randomNumber(random: Random): number {
  return pick(random, random.next() < 0.15 ? pools.oddNumbers : pools.numbers)
}

function randomTexts(random: Random): Record<string, string> {
  const keys = pools.pairKeys.filter(() => random.next() < 0.5)
  return Object.fromEntries(keys.map((key) => [key, pick(random, pools.texts)]))
}

function hexadecimal(random: Random, length: number): string {
  return times(length, () => random.nextInteger(16).toString(16)).join('')
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[random.nextInteger(from.length)]!
}

function times<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i))
}
