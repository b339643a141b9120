import { ToolkitError, type ErrorOptions, messageOf } from '../../core/errors.ts'

/** No request of ours nests deeper than four levels. */
const maxDepth = 32

/**
 * Parses JSON from a stranger: as `JSON.parse`, but members that occur twice and
 * deep nesting are refused. Prototype names such as `__proto__` become plain
 * members, as everywhere in JSON.
 *
 * @throws {ToolkitError} `REQUEST_MALFORMED`
 */
export function parseJson(text: string): unknown {
  const members = countWrittenMembers(text)
  const value = parse(text)
  // JSON.parse keeps the last of two equal members, so that fewer are left than were written.
  if (countMembers(value) !== members) throw duplicateMember(text)
  return value
}

/** Colons outside strings: in valid JSON, one for each member. */
function countWrittenMembers(text: string): number {
  let members = 0
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22: // "
        i = endOfString(text, i)
        break
      case 0x3a: // :
        members++
        break
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > maxDepth) throw malformed(`the body nests deeper than ${maxDepth} levels`)
        break
      case 0x5d: // ]
      case 0x7d: // }
        depth--
        break
      default:
    }
  }
  return members
}

/** Where the string that starts at `start` ends; the text's end when it does not. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit === 0x22) return i
    if (unit === 0x5c) i++ // the unit after a backslash ends nothing
  }
  return text.length
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const reason = messageOf(error)
    // Node's reason quotes the text.
    throw malformed(`the body is not JSON: ${reason.slice(0, 200)}`, jsonHint(text), {
      cause: error,
      details: { withoutValues: 'the body is not JSON' },
    })
  }
}

function jsonHint(text: string): string {
  return /\b(?:NaN|Infinity)\b/.test(text)
    ? 'JSON has no NaN and no Infinity: send null for a missing value'
    : 'send one JSON document, encoded as UTF-8'
}

function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + countMembers(item), 0)
  const members = Object.values(value)
  let count = members.length
  for (const member of members) {
    if (typeof member === 'object') count += countMembers(member)
  }
  return count
}

function duplicateMember(text: string): ToolkitError {
  const name = findDuplicate(text) ?? ''
  return malformed(
    `the member '${name.slice(0, 100)}' occurs twice in one object`,
    'send each member once',
  )
}

/** The first member name that an object of valid JSON holds twice. */
function findDuplicate(text: string): string | undefined {
  const open: Set<string>[] = []
  let latest = ''
  for (const [token] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:]/g)) {
    if (token === '{' || token === '[') open.push(new Set())
    else if (token === '}' || token === ']') open.pop()
    else if (token === ':') {
      const name = String(JSON.parse(latest))
      if (open.at(-1)?.has(name) === true) return name
      open.at(-1)?.add(name)
    } else latest = token
  }
  return undefined
}

function malformed(
  message: string,
  hint?: string,
  options?: Pick<ErrorOptions, 'cause' | 'details'>,
): ToolkitError {
  return new ToolkitError('REQUEST_MALFORMED', message, { hint, ...options })
}
