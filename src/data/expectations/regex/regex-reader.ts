/** What is wrong with a pattern, or what this version does not know; completes "'pattern' …". */
export class RegexProblem extends Error {
  override readonly name = 'RegexProblem'
}

interface OpenGroup {
  readonly number: number
  readonly flagsBefore: ReadonlySet<string>
}

/** A place in a pattern, the flags in force there and the groups around it. */
export class RegexReader {
  flags: ReadonlySet<string> = new Set()
  ignoresCase = false
  readonly #characters: readonly string[]
  readonly #names = new Map<string, number>()
  readonly #open: OpenGroup[] = []
  #captures = 0
  #place = 0

  constructor(pattern: string) {
    this.#characters = Array.from(pattern)
  }

  get isAtEnd(): boolean {
    return this.#place >= this.#characters.length
  }

  get depth(): number {
    return this.#open.length
  }

  /** The next character; '' at the end. */
  next(): string {
    const char = this.#characters[this.#place] ?? ''
    this.#place += 1
    return char
  }

  peek(): string {
    return this.#characters[this.#place] ?? ''
  }

  take(text: string): boolean {
    const found = this.#characters.slice(this.#place, this.#place + text.length).join('')
    if (found !== text) return false
    this.#place += text.length
    return true
  }

  /** @param form - anchored to the start, of ASCII letters */
  takeMatch(form: RegExp): readonly (string | undefined)[] | undefined {
    const found = form.exec(this.#characters.slice(this.#place).join(''))
    if (found === null) return undefined
    this.#place += Array.from(found[0]).length
    return found
  }

  /** @returns the number of the capture, 0 for other groups */
  pushGroup(options: { readonly isCapture: boolean; readonly name?: string }): number {
    const number = options.isCapture ? (this.#captures += 1) : 0
    if (options.name !== undefined) {
      if (this.#names.has(options.name)) {
        throw this.problem(`redefines the group name '${options.name}'`)
      }
      this.#names.set(options.name, number)
    }
    this.#open.push({ number, flagsBefore: this.flags })
    return number
  }

  closeGroup(): void {
    const group = this.#open.pop()
    if (group === undefined) throw this.problem('has an unbalanced parenthesis')
    this.flags = group.flagsBefore
  }

  /** @param group - a number or a name */
  findGroup(group: string): number {
    const number = /^\d+$/.test(group) ? Number(group) : this.#names.get(group)
    if (number === undefined) throw this.problem(`refers to the unknown group '${group}'`)
    if (number < 1 || number > this.#captures) {
      throw this.problem(`has an invalid group reference ${group}`)
    }
    if (this.#open.some((open) => open.number === number)) {
      throw this.problem('cannot refer to an open group')
    }
    return number
  }

  problem(message: string): RegexProblem {
    const place = Math.max(0, Math.min(this.#place, this.#characters.length) - 1)
    return new RegexProblem(`${message}, near position ${place}`)
  }
}
