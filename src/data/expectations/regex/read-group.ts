import type { RegexReader } from './regex-reader.ts'
import type { GroupKind, RegexToken } from './regex-token.ts'

/** Flags that hold for the whole pattern, such as `(?is)` at its start. */
export function readGlobalFlags(reader: RegexReader): void {
  const flags = reader.takeMatch(/^\(\?([aimsuxL]+)\)/)?.[1]
  if (flags === undefined) return
  if (flags.includes('L')) throw reader.problem('has the flag L, which is for bytes alone')
  reader.flags = new Set(flags)
  reader.ignoresCase = flags.includes('i')
}

/** What stands after an opening parenthesis; `undefined` for a comment. */
export function openGroup(reader: RegexReader): RegexToken | undefined {
  if (!reader.take('?')) return open(reader, 'capture')
  const simple = simpleGroups.find(([sign]) => reader.take(sign))
  if (simple !== undefined) return open(reader, simple[1])
  const name = reader.takeMatch(/^P<([^>]*)>/)?.[1]
  if (name !== undefined) return openNamed(reader, name)
  const reference = reader.takeMatch(/^P=([^)]*)\)/)?.[1]
  if (reference !== undefined) return { kind: 'reference', number: reader.findGroup(reference) }
  if (reader.take('#')) return skipComment(reader)
  if (reader.take('('))
    throw reader.problem('has a condition on a group, which this version does not know')
  return openFlagged(reader)
}

const simpleGroups: readonly (readonly [string, GroupKind])[] = [
  [':', 'plain'],
  ['>', 'atomic'],
  ['=', 'ahead'],
  ['!', 'not-ahead'],
  ['<=', 'behind'],
  ['<!', 'not-behind'],
]

function open(reader: RegexReader, group: GroupKind, name?: string): RegexToken {
  const isCapture = group === 'capture'
  const number = reader.pushGroup({ isCapture, ...(name !== undefined && { name }) })
  return { kind: 'open', group, number }
}

function openNamed(reader: RegexReader, name: string): RegexToken {
  if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) {
    throw reader.problem(`has a bad character in the group name '${name}'`)
  }
  return open(reader, 'capture', name)
}

function skipComment(reader: RegexReader): undefined {
  while (reader.next() !== ')') {
    if (reader.isAtEnd) throw reader.problem('has a missing ), unterminated comment')
  }
  return undefined
}

/** A group with flags of its own, such as `(?i:…)` or `(?-i:…)`. */
function openFlagged(reader: RegexReader): RegexToken {
  const found = reader.takeMatch(/^([aimsux]*)(?:-([imsx]+))?:/)
  if (found === undefined) {
    if (reader.takeMatch(/^[aimsux]+\)/) !== undefined) {
      throw reader.problem('has global flags not at the start of the expression')
    }
    throw reader.problem(`has an unknown extension ?${reader.peek()}`)
  }
  const [, added = '', removed = ''] = found
  const group = added.includes('i') ? 'ignore-case' : removed.includes('i') ? 'heed-case' : 'plain'
  const token = open(reader, group)
  reader.flags = new Set(
    [...reader.flags, ...added.split('')].filter((flag) => !removed.includes(flag)),
  )
  return token
}
