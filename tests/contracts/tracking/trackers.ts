/** What the suites of the tracking contract share: trackers to test, and things to log in them. */

import { randomBytes } from 'node:crypto'
import type { MetricPoint, NewModelVersion, NewRun, Tracking } from '../../../src/core/tracking.ts'

/** What a tracker does by its own design; the rest of the contract is the same for all. */
export interface TrackerTraits {
  /** ±Infinity comes back. A real server hands out the largest double instead. */
  readonly keepsInfinities: boolean
  /**
   * A refused param leaves nothing of its call behind, and every one that differs is named.
   * A real server names the first.
   */
  readonly namesEveryChangedParam: boolean
  /** A version carries the time that the caller gave. Over HTTP it is the server's own. */
  readonly takesTimeOfVersion: boolean
  /** A file where a folder is, or the reverse, is refused. A real server answers 500. */
  readonly refusesFileForFolder: boolean
  /** OR, NOT, parentheses and IN everywhere in filters. A real server has AND only. */
  readonly hasWholeGrammar: boolean
  /** A file's name that is hard to hand on. A real server takes no '#' and no '%'. */
  readonly oddFileName: string
}

export const ourTraits: TrackerTraits = {
  keepsInfinities: true,
  namesEveryChangedParam: true,
  takesTimeOfVersion: true,
  refusesFileForFolder: true,
  hasWholeGrammar: true,
  oddFileName: 'ü %41#?;.bin',
}

/** Our server, through a client: times are the server's. */
export const ourServerTraits: TrackerTraits = { ...ourTraits, takesTimeOfVersion: false }

/** A real `mlflow server`, through our client. */
export const mlflowTraits: TrackerTraits = {
  keepsInfinities: false,
  namesEveryChangedParam: false,
  takesTimeOfVersion: false,
  refusesFileForFolder: false,
  hasWholeGrammar: false,
  oddFileName: 'ü \u{1F600} &=+.bin',
}

/** How the suites get at a tracker, and what they may expect of it. */
export interface TrackerUnderTest {
  /** May hold what other tests left; each test takes names of its own. */
  readonly open: () => Promise<Tracking>
  readonly traits: TrackerTraits
}

let count = 0
const session = randomBytes(4).toString('hex')

/** A name that nobody had before. */
export function uniqueName(stem: string): string {
  return `${stem}-${session}-${++count}`
}

/** A run in an experiment of its own. */
export function newRun(change: Partial<NewRun> = {}): NewRun {
  return {
    experimentName: uniqueName('experiment'),
    runName: 'a run',
    startTime: 1,
    tags: {},
    ...change,
  }
}

export function newVersion(change: Partial<NewModelVersion> = {}): NewModelVersion {
  return {
    name: uniqueName('model'),
    runId: '',
    artifactPath: 'model',
    description: 'about it',
    tags: {},
    aliases: ['champion', 'first'],
    reason: 'passed the gates',
    timestamp: 5,
    ...change,
  }
}

/** A run with a model folder among its artifacts. */
export async function startWithModel(tracking: Tracking): Promise<string> {
  const runId = await tracking.startRun(newRun())
  await tracking.logArtifacts(runId, 'model', files({ MLmodel: '{}' }))
  return runId
}

/** @returns the experiment's id */
export async function createExperiment(tracking: Tracking): Promise<string> {
  return tracking.createExperiment({ name: uniqueName('experiment') })
}

export const missingId = '0'.repeat(32)

export function point(key: string, value: number, step = 0): MetricPoint {
  return { key, value, timestamp: 1, step }
}

export function files(content: Readonly<Record<string, string>>): ReadonlyMap<string, Uint8Array> {
  return new Map(Object.entries(content).map(([path, text]) => [path, Buffer.from(text)]))
}

/** For comparisons: hexadecimal, in the order of the paths. */
export function bytes(content: ReadonlyMap<string, Uint8Array>): Record<string, string> {
  const sorted = [...content].sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(sorted.map(([path, data]) => [path, Buffer.from(data).toString('hex')]))
}

export const refused = { code: 'TRACKING_INVALID' }
export const notFound = { code: 'TRACKING_NOT_FOUND' }
export const taken = { code: 'TRACKING_EXISTS' }
