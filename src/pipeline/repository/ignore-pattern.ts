/**
 * One line of `.dvcignore` as a test of paths. The verdicts are DVC's, which are
 * not always git's: a pattern also takes in all that lies below what it names, so
 * `!keep` brings back `keep/a.log`, and a pattern of nothing but `*` and `/` matches no folder.
 */

/** A pattern that tests paths relative to the repository's root. */
export interface IgnorePattern {
  /** Whether it takes out of what earlier patterns ignore. */
  readonly isNegated: boolean
  /** Whether it tests folders only, as those that end in a slash do. */
  readonly isFolderOnly: boolean
  /** Tests a path with forward slashes; a folder's once with and once without one at its end. */
  readonly expression: RegExp
}

/**
 * Parses a pattern that stands for paths below the repository's root.
 *
 * @returns `undefined` for what ignores nothing: comments, `/`, a bracket that is not closed
 * @throws {SyntaxError} for what DVC fails at: a lone `!`, a backslash at the end, a range that runs backwards
 */
export function parseIgnorePattern(line: string): IgnorePattern | undefined {
  const text = line.endsWith('\\ ') ? line : line.trimEnd()
  if (text === '' || text.startsWith('#') || text === '/') return undefined
  const isNegated = text.startsWith('!')
  const body = isNegated ? text.slice(1) : text
  const isFolderOnly = body.endsWith('/')
  const source = translate(normalise(body.split('/')), isFolderOnly)
  if (source === undefined) return undefined
  return { isNegated, isFolderOnly: text.endsWith('/'), expression: new RegExp(source, 'u') }
}

/** Anchored patterns lose their first slash, others get `**` in front; `**` stands for a slash at the end. */
function normalise(parts: readonly string[]): string[] {
  const [first = '', second] = parts
  const isFree = first !== '' && (parts.length === 1 || (parts.length === 2 && second === ''))
  const anchored = first === '' ? parts.slice(1) : parts
  const all = isFree && first !== '**' ? ['**', ...anchored] : [...anchored]
  if (all.length === 0) throw new SyntaxError('there is nothing after the exclamation mark')
  if (all.at(-1) === '') all[all.length - 1] = '**'
  return all.filter((part, i) => part !== '**' || all[i - 1] !== '**')
}

/** What a path has where a pattern of wildcards alone begins to match. */
const anything = '^[^\\n]'
const slashFirst = '^/'

function translate(parts: readonly string[], isFolderOnly: boolean): string | undefined {
  const shape = parts.join('/')
  if (shape === '**') return isFolderOnly ? slashFirst : anything
  if (shape === '**/*') return anything
  if (shape === '**/*/**') return slashFirst
  let source = ''
  for (const [i, part] of parts.entries()) {
    const piece = part === '**' ? translateStars(i, parts.length) : translateSegment(parts, i)
    if (piece === undefined) return undefined
    source += piece
  }
  return source
}

function translateStars(i: number, count: number): string {
  if (i === 0) return '^(?:[^\\n]+/)?'
  return i < count - 1 ? '(?:/[^\\n]+)?' : '/'
}

function translateSegment(parts: readonly string[], i: number): string | undefined {
  const part = parts[i]!
  const glob = part === '*' ? '[^/]+' : translateGlob(part)
  if (glob === undefined) return undefined
  const start = i === 0 ? '^' : ''
  // The expression of a leading `**` ends in its own slash.
  const slash = i === 0 || (i === 1 && parts[0] === '**') ? '' : '/'
  // What is below a matching folder matches as well.
  const end = i === parts.length - 1 ? '(?:/|$|\\n$)' : ''
  return start + slash + glob + end
}

/** `undefined` when a bracket is not closed. */
function translateGlob(glob: string): string | undefined {
  const characters = Array.from(glob)
  let source = ''
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i]!
    if (character === '[') {
      const end = bracketEnd(characters, i)
      if (end === undefined) return undefined
      source += translateBracket(characters.slice(i + 1, end))
      i = end
    } else if (character === '\\') {
      i++
      if (characters[i] === undefined) throw new SyntaxError('it ends in a backslash')
      source += escapeLiteral(characters[i]!)
    } else {
      source += wildcards[character] ?? escapeLiteral(character)
    }
  }
  return source
}

const wildcards: Readonly<Record<string, string>> = { '*': '[^/]*', '?': '[^/]' }

function escapeLiteral(character: string): string {
  return /[\^$\\.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character
}

/** Index of the `]` that closes the bracket opened at `start`; one right after the start is a member. */
function bracketEnd(characters: readonly string[], start: number): number | undefined {
  let i = start + 1
  if (characters[i] === '!' || characters[i] === '^') i++
  if (characters[i] === ']') i++
  const end = characters.indexOf(']', i)
  return end === -1 ? undefined : end
}

function translateBracket(members: readonly string[]): string {
  const isNegated = members[0] === '!' || members[0] === '^'
  const inner = isNegated ? members.slice(1) : members
  const escaped = inner.map((member) => (/[\\\][^]/.test(member) ? `\\${member}` : member))
  return `[${isNegated ? '^' : ''}${escaped.join('')}]`
}

/**
 * A pattern of a nested `.dvcignore` as one that stands in the root's. Done as DVC does
 * it, so that a folder name with wildcards in it is read as a pattern there too.
 *
 * @param folder - of the nested file, relative to the root, with forward slashes
 */
export function rebasePattern(line: string, folder: string): string {
  const isNegated = line.startsWith('!')
  const body = isNegated ? line.slice(1) : line
  const isAnchored = body.slice(0, -1).includes('/') && !body.startsWith('**/')
  const bare = body.slice(isAnchored ? slashLength(body) : body.startsWith('**/') ? 3 : 0)
  const unescaped = bare.startsWith('\\') ? bare.slice(1) : bare
  const below = `${folder}/${isAnchored ? '' : '**/'}${unescaped}`
  return isNegated ? `!/${below}` : below
}

function slashLength(text: string): number {
  return text.startsWith('/') ? 1 : 0
}
