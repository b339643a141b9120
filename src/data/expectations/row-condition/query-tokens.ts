import type { ToolkitError } from '../../../core/errors.ts'
import { conditionError } from './condition-error.ts'

interface Token {
  readonly kind: 'sign' | 'name' | 'quoted-name' | 'number' | 'text'
  readonly text: string
  /** 1-based. */
  readonly column: number
}

const token =
  /\s*(?:(?<number>\d+(?:_\d+)*(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|(?<name>[\p{L}_][\p{L}\p{N}_]*)|`(?<quoted>[^`]*)`|"(?<double>(?:[^"\\]|\\.)*)"|'(?<single>(?:[^'\\]|\\.)*)'|(?<sign>==|!=|<=|>=|[-<>()[\],.|&~]))/uy

/** The words of a query, taken one after the other. */
export class QueryTokens {
  readonly #tokens: readonly Token[]
  readonly #query: string
  #next = 0

  constructor(query: string) {
    this.#query = query
    this.#tokens = tokenize(query)
  }

  /** Takes a sign or a word of the language when it comes next. */
  take(text: string): boolean {
    const next = this.#tokens[this.#next]
    if (next?.text !== text || (next.kind !== 'sign' && next.kind !== 'name')) return false
    this.#next += 1
    return true
  }

  expect(text: string): void {
    if (!this.take(text)) throw this.error(`'${text}'`)
  }

  expectEnd(): void {
    if (this.#next < this.#tokens.length) throw this.error('the end')
  }

  takeName(): string | undefined {
    const next = this.#tokens[this.#next]
    if (next?.kind !== 'name' && next?.kind !== 'quoted-name') return undefined
    this.#next += 1
    return next.text
  }

  /** A number, a text in quotes, True or False. */
  takeLiteral(): number | string | boolean | undefined {
    if (this.take('True') || this.take('true')) return true
    if (this.take('False') || this.take('false')) return false
    return this.#takeNumber() ?? this.#takeText()
  }

  #takeNumber(): number | undefined {
    const isNegative = this.#tokens[this.#next]?.text === '-'
    const next = this.#tokens[this.#next + (isNegative ? 1 : 0)]
    if (next?.kind !== 'number') return undefined
    this.#next += isNegative ? 2 : 1
    const value = Number(next.text.replaceAll('_', ''))
    return isNegative ? -value : value
  }

  #takeText(): string | undefined {
    const next = this.#tokens[this.#next]
    if (next?.kind !== 'text') return undefined
    this.#next += 1
    return next.text
  }

  /** @param wanted - what should stand at this place */
  error(wanted: string): ToolkitError {
    const next = this.#tokens[this.#next]
    const found = next === undefined ? 'ends' : `has '${next.text}' at column ${next.column}`
    return conditionError(
      `'${this.#query}' ${found}, expected ${wanted}`,
      'understood are comparisons, and, or, not, in, isnull() and notnull()',
    )
  }
}

function tokenize(query: string): Token[] {
  const tokens: Token[] = []
  const end = query.trimEnd().length
  token.lastIndex = 0
  while (token.lastIndex < end) {
    const start = token.lastIndex
    const groups = token.exec(query)?.groups
    if (groups === undefined) {
      throw conditionError(
        `'${query}' has '${query.slice(start).trim().slice(0, 10)}' at column ${start + 1}, which is not understood`,
        'understood are comparisons, and, or, not, in, isnull() and notnull()',
      )
    }
    tokens.push({ ...readToken(groups), column: start + 1 })
  }
  return tokens
}

function readToken(groups: Readonly<Record<string, string | undefined>>): Omit<Token, 'column'> {
  const { number, name, quoted, double, single, sign = '' } = groups
  if (number !== undefined) return { kind: 'number', text: number }
  if (name !== undefined) return { kind: 'name', text: name }
  if (quoted !== undefined) return { kind: 'quoted-name', text: quoted }
  const text = double ?? single
  if (text !== undefined) return { kind: 'text', text: text.replaceAll(/\\(.)/gsu, '$1') }
  return { kind: 'sign', text: sign }
}
