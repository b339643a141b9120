/** Finds outputs by path: the one that holds a path, and those that lie below it, without looking at all of them. */

import { dirname, sep } from 'node:path'
import type { Output, Stage } from './stage.ts'

/** An output with the stage that writes it. */
export interface OwnedOutput {
  readonly stage: Stage
  readonly output: Output
}

/** Outputs of many stages, by absolute path. */
export interface OutputIndex {
  /** Outputs at the path itself or in a folder above it, the nearest first. */
  holding(location: string): readonly OwnedOutput[]
  /** Outputs below the path, in the order of their paths. */
  below(location: string): readonly OwnedOutput[]
}

/** Indexes all outputs of the stages. */
export function indexOutputs(stages: readonly Stage[]): OutputIndex {
  const byLocation = new Map<string, OwnedOutput[]>()
  for (const stage of stages) {
    for (const output of stage.outputs) {
      const known = byLocation.get(output.location)
      if (known === undefined) byLocation.set(output.location, [{ stage, output }])
      else known.push({ stage, output })
    }
  }
  const sorted = [...byLocation.keys()].sort()
  return {
    holding: (location) => {
      const found: OwnedOutput[] = []
      for (let folder = location; ; folder = dirname(folder)) {
        found.push(...(byLocation.get(folder) ?? []))
        if (dirname(folder) === folder) return found
      }
    },
    below: (location) => {
      const prefix = location.endsWith(sep) ? location : location + sep
      const found: OwnedOutput[] = []
      for (let i = firstAtOrAfter(sorted, prefix); sorted[i]?.startsWith(prefix) === true; i++) {
        found.push(...(byLocation.get(sorted[i]!) ?? []))
      }
      return found
    },
  }
}

function firstAtOrAfter(sorted: readonly string[], text: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < text) low = middle + 1
    else high = middle
  }
  return low
}
