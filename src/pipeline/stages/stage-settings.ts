/** `meta.mlpt` of a stage: what DVC has no word for. DVC ignores everything below `meta`. */

import { nearestName } from '../../core/nearest.ts'
import type { Problems } from '../yaml/problems.ts'
import { describeYamlNode, type MapEntry, type YamlNode } from '../yaml/yaml-node.ts'

/** How a stage runs, beyond its command. */
export interface StageSettings {
  /** How often a failed command is tried again, and with which pauses. */
  readonly retries: Retries
  /** Milliseconds after which the whole attempt is ended; `undefined` for never. */
  readonly timeoutMs: number | undefined
  /** Added to the environment of its commands. */
  readonly environment: Readonly<Record<string, string>>
  /** Stages that share a name never run at the same time. */
  readonly mutexes: readonly string[]
  /** How many of the run's `--jobs` it takes; at least 1. */
  readonly jobs: number
  readonly limits: ResourceLimits
  readonly hooks: StageHooks
}

/** Pauses grow by the factor from the first one up to the longest. */
export interface Retries {
  readonly limit: number
  readonly delayMs: number
  readonly factor: number
  readonly maxDelayMs: number
}

/** What a stage may use; `undefined` for as much as there is. */
export interface ResourceLimits {
  /** Resident memory of all its processes together. */
  readonly memoryBytes: number | undefined
  /** Processor time of each of its processes. */
  readonly cpuSeconds: number | undefined
  /** Size of a file it writes. */
  readonly fileBytes: number | undefined
  readonly openFiles: number | undefined
}

/** A command, or an http(s) address that is posted to. */
export interface StageHooks {
  readonly finished: string | undefined
  readonly failed: string | undefined
}

/** Of a stage that says nothing. */
export const defaultSettings: StageSettings = {
  retries: { limit: 0, delayMs: 1000, factor: 2, maxDelayMs: 60_000 },
  timeoutMs: undefined,
  environment: {},
  mutexes: [],
  jobs: 1,
  limits: {
    memoryBytes: undefined,
    cpuSeconds: undefined,
    fileBytes: undefined,
    openFiles: undefined,
  },
  hooks: { finished: undefined, failed: undefined },
}

/** Reads `mlpt` of a stage's `meta`; the rest of `meta` is the user's own. */
export function readSettings(
  meta: YamlNode | undefined,
  stage: string,
  problems: Problems,
): StageSettings {
  if (meta?.kind !== 'map') return defaultSettings
  const node = meta.entries.find(({ key }) => key.value === 'mlpt')?.value
  if (node === undefined) return defaultSettings
  const reader: Reader = { where: `meta.mlpt of stage '${stage}'`, problems }
  const entries = readKnown(node, Object.keys(settingKeys), reader)
  const valueOf = (key: string): YamlNode | undefined => entries.get(key)?.value
  return {
    retries: readRetries(valueOf('retries'), reader),
    timeoutMs: readDuration(valueOf('timeout'), 'timeout', reader),
    environment: readEnvironment(valueOf('env'), reader),
    mutexes: readNames(valueOf('mutex'), reader),
    jobs: readCount(valueOf('jobs'), 'jobs', reader) ?? 1,
    limits: readLimits(valueOf('limits'), reader),
    hooks: readHooks(valueOf('hooks'), reader),
  }
}

const settingKeys = {
  retries: true,
  timeout: true,
  env: true,
  mutex: true,
  jobs: true,
  limits: true,
  hooks: true,
}

interface Reader {
  readonly where: string
  readonly problems: Problems
}

function readKnown(
  node: YamlNode | undefined,
  keys: readonly string[],
  { where, problems }: Reader,
): ReadonlyMap<string, MapEntry> {
  const entries = new Map<string, MapEntry>()
  if (node === undefined) return entries
  if (node.kind !== 'map') {
    addProblem(node, 'a map', where, problems)
    return entries
  }
  for (const entry of node.entries) {
    const key = String(entry.key.value)
    if (keys.includes(key)) entries.set(key, entry)
    else {
      const guess = nearestName(key, keys)
      const hint =
        guess === undefined ? `known are: ${keys.join(', ')}` : `did you mean '${guess}'?`
      problems.add(entry.key.place, `unknown key '${key}' in ${where}`, hint)
    }
  }
  return entries
}

function addProblem(node: YamlNode, wanted: string, what: string, problems: Problems): void {
  const isText = node.kind === 'scalar' && node.unusable === undefined
  const shown = isText ? `'${String(node.value)}'` : describeYamlNode(node)
  problems.add(node.place, `${what} is ${shown}, expected ${wanted}`)
}

function readRetries(node: YamlNode | undefined, reader: Reader): Retries {
  const defaults = defaultSettings.retries
  if (node?.kind !== 'map') {
    return { ...defaults, limit: readCount(node, 'retries', reader, 0) ?? defaults.limit }
  }
  const entries = readKnown(node, ['limit', 'delay', 'factor', 'max_delay'], reader)
  const factor = readPositive(entries.get('factor')?.value, 'factor', reader)
  return {
    limit: readCount(entries.get('limit')?.value, 'limit', reader, 0) ?? 1,
    delayMs: readDuration(entries.get('delay')?.value, 'delay', reader, 0) ?? defaults.delayMs,
    factor: factor ?? defaults.factor,
    maxDelayMs:
      readDuration(entries.get('max_delay')?.value, 'max_delay', reader) ?? defaults.maxDelayMs,
  }
}

function readCount(
  node: YamlNode | undefined,
  name: string,
  { where, problems }: Reader,
  least = 1,
): number | undefined {
  if (node === undefined) return undefined
  const value = node.kind === 'scalar' ? node.value : undefined
  if (typeof value === 'bigint' && value >= BigInt(least) && value <= 1_000_000n) {
    return Number(value)
  }
  addProblem(node, `a whole number from ${least}`, `'${name}' in ${where}`, problems)
  return undefined
}

function readPositive(
  node: YamlNode | undefined,
  name: string,
  { where, problems }: Reader,
): number | undefined {
  if (node === undefined) return undefined
  const value = node.kind === 'scalar' ? node.value : undefined
  const number = typeof value === 'bigint' || typeof value === 'number' ? Number(value) : Number.NaN
  if (number >= 1 && Number.isFinite(number)) return number
  addProblem(node, 'a number from 1', `'${name}' in ${where}`, problems)
  return undefined
}

const durationUnits: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** `90`, `1.5s`, `500ms`, `10m`, `2h`, `1d`; a bare number is seconds. In milliseconds. */
function readDuration(
  node: YamlNode | undefined,
  name: string,
  { where, problems }: Reader,
  leastMs = 1,
): number | undefined {
  if (node === undefined) return undefined
  const text = node.kind === 'scalar' ? String(node.value) : ''
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text)
  const milliseconds = Number(match?.[1]) * durationUnits[match?.[2] ?? 's']!
  // A longer timer than this fires at once in Node.
  if (match !== null && milliseconds >= leastMs && milliseconds < 2 ** 31) return milliseconds
  addProblem(node, 'a duration such as 90s, 10m or 2h', `'${name}' in ${where}`, problems)
  return undefined
}

const sizeUnits: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
}

function readSize(
  node: YamlNode | undefined,
  name: string,
  { where, problems }: Reader,
): number | undefined {
  if (node === undefined) return undefined
  const text = node.kind === 'scalar' ? String(node.value) : ''
  const match = /^(\d+(?:\.\d+)?) ?(B|KB|MB|GB|KiB|MiB|GiB)?$/.exec(text)
  const bytes = Number(match?.[1]) * sizeUnits[match?.[2] ?? 'B']!
  if (match !== null && bytes >= 1) return Math.floor(bytes)
  addProblem(node, 'a size such as 500MB or 2GiB', `'${name}' in ${where}`, problems)
  return undefined
}

function readEnvironment(
  node: YamlNode | undefined,
  { where, problems }: Reader,
): Record<string, string> {
  const environment: Record<string, string> = {}
  if (node === undefined) return environment
  if (node.kind !== 'map') {
    addProblem(node, 'a map', `'env' in ${where}`, problems)
    return environment
  }
  for (const { key, value } of node.entries) {
    const name = String(key.value)
    if (!/^[A-Za-z_]\w*$/.test(name)) {
      problems.add(key.place, `'${name}' in ${where} cannot be the name of a variable`)
    } else if (value.kind !== 'scalar' || value.value === null) {
      addProblem(value, 'a text', `'env.${name}' in ${where}`, problems)
    } else if (String(value.value).includes('\0')) {
      problems.add(value.place, `'env.${name}' in ${where} has a NUL character in it`)
    } else environment[name] = String(value.value)
  }
  return environment
}

function readNames(node: YamlNode | undefined, { where, problems }: Reader): string[] {
  if (node === undefined) return []
  return (node.kind === 'list' ? node.items : [node]).flatMap((item) => {
    if (item.kind === 'scalar' && typeof item.value === 'string') return [item.value]
    addProblem(item, 'a name', `'mutex' in ${where}`, problems)
    return []
  })
}

function readLimits(node: YamlNode | undefined, reader: Reader): ResourceLimits {
  const entries = readKnown(node, ['memory', 'cpu_time', 'file_size', 'open_files'], reader)
  const cpuMs = readDuration(entries.get('cpu_time')?.value, 'cpu_time', reader)
  return {
    memoryBytes: readSize(entries.get('memory')?.value, 'memory', reader),
    cpuSeconds: cpuMs === undefined ? undefined : Math.max(1, Math.ceil(cpuMs / 1000)),
    fileBytes: readSize(entries.get('file_size')?.value, 'file_size', reader),
    openFiles: readCount(entries.get('open_files')?.value, 'open_files', reader),
  }
}

function readHooks(node: YamlNode | undefined, reader: Reader): StageHooks {
  const entries = readKnown(node, ['finished', 'failed'], reader)
  const hook = (name: string): string | undefined => {
    const value = entries.get(name)?.value
    if (value === undefined) return undefined
    if (value.kind === 'scalar' && typeof value.value === 'string') return value.value
    addProblem(value, 'a command or an address', `'${name}' in ${reader.where}`, reader.problems)
    return undefined
  }
  return { finished: hook('finished'), failed: hook('failed') }
}
