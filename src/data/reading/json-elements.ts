/** Finds the faults of JSON text, with the line of each. */

import { ownMember } from '../../core/own-member.ts'
import { messageOf } from '../../core/errors.ts'

/** A piece of a file that should be one object. */
export interface JsonElement {
  readonly text: string
  /** 1-based line that it begins in. */
  readonly line: number
}

/** Strings, which end with their line at the latest; brackets, commas, line ends; everything else. */
const token = /"(?:[^"\\\n]|\\.)*"?|[[\]{},\n]|[^\s"[\]{},]+/g

const steps: Readonly<Record<string, number>> = { '[': 1, '{': 1, ']': -1, '}': -1 }

/**
 * Cuts the text of a JSON array into its elements, as far as it can be told: what is wrong within an
 * element stays in it.
 */
export function splitArray(text: string): readonly JsonElement[] {
  const elements: JsonElement[] = []
  let depth = 0
  let line = 1
  let open: { readonly start: number; readonly line: number } | undefined
  const close = (end?: number): void => {
    if (open === undefined) return
    elements.push({ text: text.slice(open.start, end), line: open.line })
    open = undefined
  }
  for (const { 0: word, index } of text.matchAll(token)) {
    const step = ownMember(steps, word) ?? 0
    if (word === '\n') line++
    else if (depth <= 1 && (word === ',' || word === ']')) close(index)
    else if (depth === 1) open ??= { start: index, line }
    depth += step
  }
  close()
  return elements
}

/** What is wrong with text that should be one JSON object; `undefined` when nothing is. */
export function faultOfObject(text: string): string | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const reason = messageOf(error)
    return `no JSON: ${reason.replace(/ \(line 1 column \d+\)$/, '').replaceAll(/\s+/g, ' ')}`
  }
  if (Array.isArray(value)) return 'a list, not an object'
  if (value === null || typeof value !== 'object') return `${JSON.stringify(value)}, not an object`
  return undefined
}
