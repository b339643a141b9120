import { isScalar } from 'yaml'
import { formatYamlScalar } from './format-yaml-scalar.ts'
import { splice } from './splice-yaml.ts'
import { plainKindOf } from './yaml-scalar.ts'
import { parseYamlSource, readContainer, type Entry, type YamlSource } from './yaml-source.ts'

/**
 * Quotes and folds the texts of a document as DVC does when it saves a file that a person wrote. Blocks
 * after `|` and `>`, what stands in braces and brackets, numbers and comments stay as they are.
 *
 * @param file - the name that messages show
 * @throws {ToolkitError} `PIPELINE_INVALID` when the text is not YAML
 */
export function reformatScalars(text: string, file: string): string {
  const source = parseYamlSource(text, file)
  const changes = changesIn(source.document.contents, source)
  return changes.reduceRight(
    (result, { from, to, text: next }) => splice(result, from, to, next),
    text,
  )
}

interface Change {
  readonly from: number
  readonly to: number
  readonly text: string
}

function changesIn(node: Entry['value'], source: YamlSource): Change[] {
  const container = readContainer(node)
  if (container === undefined || container.isFlow) return []
  return container.entries.flatMap((entry) =>
    isScalar(entry.value) ? changeOf(entry, source) : changesIn(entry.value, source),
  )
}

function changeOf(entry: Entry, { text }: YamlSource): Change[] {
  const { key, start, indicatorEnd, valueStart, end } = entry
  const value = textOf(entry)
  const isUsual = key === undefined || key.from === start
  if (value === undefined || indicatorEnd === undefined || !isUsual) return []
  if (text.slice(indicatorEnd, valueStart).includes('#')) return []
  const place = { column: columnAt(text, indicatorEnd) + 1, indent: columnAt(text, start) + 2 }
  const written = ` ${formatYamlScalar(value, { ...place, mayFold: true })}`
  if (written === text.slice(indicatorEnd, end)) return []
  const comment = /^ +(?=#)/.exec(text.slice(end))?.[0] ?? ''
  const blanks = blanksBefore(
    comment,
    columnAt(text, end),
    columnAt(`${text.slice(0, indicatorEnd)}${written}`),
  )
  return [{ from: indicatorEnd, to: end + comment.length, text: written + blanks }]
}

/** `undefined` for all but a text that is written plain or in quotes. */
function textOf({ value }: Entry): string | undefined {
  if (!isScalar(value) || typeof value.value !== 'string') return undefined
  if (value.anchor !== undefined || value.tag !== undefined) return undefined
  if (value.type === 'PLAIN') return plainKindOf(value.value) === 'text' ? value.value : undefined
  return value.type === 'QUOTE_SINGLE' || value.type === 'QUOTE_DOUBLE' ? value.value : undefined
}

/** In code points, as lines are measured. */
function columnAt(text: string, offset = text.length): number {
  return Array.from(text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset)).length
}

/** A comment stays in its column where there is room. */
function blanksBefore(blanks: string, before: number, after: number): string {
  return blanks === '' ? '' : ' '.repeat(Math.max(1, before + blanks.length - after))
}
