/** Stages with a few words on what each makes. */

import type { Output, Stage } from './stage.ts'

/** One line of `stage list`. */
export interface ListedStage {
  readonly name: string
  /** What is said of it, else what it writes and reports, else what it reads. */
  readonly description: string
}

/** Lists stages in the given order. */
export function listStages(stages: readonly Stage[]): ListedStage[] {
  return stages.map((stage) => ({ name: stage.address, description: describeStage(stage) }))
}

/** Of several lines the first, as in DVC. */
function describeStage(stage: Stage): string {
  const lines = stage.description?.split(/[\n\r]/) ?? []
  const said = lines.find((line) => line !== '')?.trim()
  return said === undefined || said === '' ? describePaths(stage) : said
}

function describePaths({ dependencies, parameters, outputs }: Stage): string {
  const inputs = [...dependencies, ...parameters].map(({ path }) => path)
  if (outputs.length === 0) {
    return inputs.length === 0 ? 'No outputs or dependencies' : `Depends on ${inputs.join(', ')}`
  }
  const [plain, reports] = [outputs.filter(isPlain), outputs.filter((output) => !isPlain(output))]
  return [...describe('Outputs', plain), ...describe('Reports', reports)].join('; ')
}

function isPlain({ kind }: Output): boolean {
  return kind === 'out'
}

function describe(verb: string, outputs: readonly Output[]): string[] {
  return outputs.length === 0 ? [] : [`${verb} ${outputs.map(({ path }) => path).join(', ')}`]
}

/** Aligned lines; descriptions that are too long are cut. */
export function formatStageList(stages: readonly ListedStage[]): string {
  const width = Math.max(0, ...stages.map(({ name }) => name.length))
  return stages
    .map(({ name, description }) => `${name.padEnd(width)}  ${shorten(description)}\n`)
    .join('')
}

const longest = 80

function shorten(text: string): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text
}
