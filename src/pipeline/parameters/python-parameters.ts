/**
 * Python parameter files: what is assigned a literal at the top of the file, in a class, or to
 * `self.name` in an `__init__`. All other code is passed over, as DVC does; it never runs.
 */

import type { Place, Problems } from '../yaml/problems.ts'
import type { YamlMap, YamlValue } from '../yaml/yaml-value.ts'
import { parsePythonLiteral, type LiteralReading } from './python-literal.ts'
import {
  PythonSyntaxError,
  splitPythonLines,
  type PythonLine,
  type PythonToken,
} from './python-tokens.ts'

/**
 * Parses the source; what is wrong is added to the problems with its line and column.
 *
 * @param allowsTuples - whether a tuple becomes a list; otherwise it is a value that cannot be used
 */
export function parsePythonParameters(
  source: string,
  file: string,
  problems: Problems,
  { allowsTuples }: { readonly allowsTuples: boolean },
): YamlMap | undefined {
  const placeAt = (offset: number): Place => {
    const before = source.slice(0, offset).split('\n')
    return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
  }
  try {
    return readBlock(splitPythonLines(source), 'block', { placeAt, allowsTuples })
  } catch (error) {
    if (!(error instanceof PythonSyntaxError)) throw error
    problems.add(placeAt(error.offset), `it is not Python: ${error.message}`)
    return undefined
  }
}

/** In an `__init__` only what is assigned to `self` counts. */
type BlockKind = 'block' | 'init'

/** Lines of one block, with those of the blocks inside it. */
function readBlock(
  lines: readonly PythonLine[],
  kind: BlockKind,
  reading: LiteralReading,
): Map<string, YamlValue> {
  const values = new Map<string, YamlValue>()
  const indent = lines[0]?.indent ?? 0
  for (let i = 0; i < lines.length;) {
    let end = i + 1
    while (end < lines.length && lines[end]!.indent > indent) end += 1
    const line = lines[i]!
    const inner = lines.slice(i + 1, end)
    checkIndent(line, inner, indent)
    for (const [name, value] of readStatement(line, inner, kind, reading)) values.set(name, value)
    i = end
  }
  return values
}

/** Statements with a block of their own, which holds no parameters. */
const blockKeywords = new Set(
  'async class def elif else except finally for if try while with'.split(' '),
)

/** A block follows a colon at the end of a line, and its lines start in one column. */
function checkIndent(line: PythonLine, [inner]: readonly PythonLine[], indent: number): void {
  const hasBlock = line.tokens.at(-1)?.text === ':'
  if (line.indent !== indent || hasBlock !== (inner !== undefined)) {
    const { offset = 0 } =
      (line.indent === indent ? inner : line)?.tokens[0] ?? line.tokens[0] ?? {}
    throw new PythonSyntaxError('its indentation does not fit the lines around it', offset)
  }
}

type Definition = readonly [name: string, value: YamlValue]

function readStatement(
  line: PythonLine,
  inner: readonly PythonLine[],
  kind: BlockKind,
  reading: LiteralReading,
): readonly Definition[] {
  const [first, second] = line.tokens
  if (isName(first, 'class')) {
    return [[second?.text ?? '', readBlock(blockOf(line, inner), 'block', reading)]]
  }
  if (isName(first, 'def') && isName(second, '__init__')) {
    return [...readBlock(blockOf(line, inner), 'init', reading)]
  }
  if (first?.kind === 'name' && blockKeywords.has(first.text)) return []
  const statements = splitAtTop(line.tokens, ';')
  return statements.flatMap((statement) => readAssignment(statement, kind, reading))
}

/** What stands behind the colon, or else in the lines below. */
function blockOf(
  { indent, tokens }: PythonLine,
  inner: readonly PythonLine[],
): readonly PythonLine[] {
  const colon = findAtTop(tokens, ':')
  if (colon === -1) throw new PythonSyntaxError(`it has no ':'`, tokens[0]?.offset ?? 0)
  const body = tokens.slice(colon + 1)
  return body.length > 0 ? [{ indent, tokens: body }] : inner
}

function isName(token: PythonToken | undefined, text: string): boolean {
  return token?.kind === 'name' && token.text === text
}

/** Position of the first operator that is not in brackets; -1 for none. */
function findAtTop(tokens: readonly PythonToken[], text: string): number {
  let depth = 0
  return tokens.findIndex((token) => {
    if (token.kind !== 'operator') return false
    if (depth === 0 && token.text === text) return true
    if (/^[([{]$/.test(token.text)) depth += 1
    if (/^[)\]}]$/.test(token.text)) depth -= 1
    return false
  })
}

function splitAtTop(tokens: readonly PythonToken[], text: string): PythonToken[][] {
  const position = findAtTop(tokens, text)
  if (position === -1) return [[...tokens]]
  return [tokens.slice(0, position), ...splitAtTop(tokens.slice(position + 1), text)]
}

/** `name = literal`, `name: type = literal`, or either with `self.name`. */
function readAssignment(
  tokens: readonly PythonToken[],
  kind: BlockKind,
  reading: LiteralReading,
): readonly Definition[] {
  const [target = [], value, ...others] = splitAtTop(tokens, '=')
  if (value === undefined || others.length > 0) return []
  const colon = findAtTop(target, ':')
  const name = nameOfTarget(colon === -1 ? target : target.slice(0, colon), kind)
  const literal = name === undefined ? undefined : parsePythonLiteral(value, reading)
  return name === undefined || literal === undefined ? [] : [[name, literal]]
}

function nameOfTarget(tokens: readonly PythonToken[], kind: BlockKind): string | undefined {
  const inner = withoutParentheses(tokens)
  if (inner.some((token) => token.kind !== 'name' && token.text !== '.')) return undefined
  const words = inner.map(({ text }) => text)
  if (words.length === 1 && kind === 'block') return words[0]
  return words.length === 3 && words[0] === 'self' && words[1] === '.' ? words[2] : undefined
}

function withoutParentheses(tokens: readonly PythonToken[]): readonly PythonToken[] {
  const isWrapped = tokens[0]?.text === '(' && tokens.at(-1)?.text === ')'
  return isWrapped ? withoutParentheses(tokens.slice(1, -1)) : tokens
}
