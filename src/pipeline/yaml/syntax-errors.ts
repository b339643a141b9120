/** What the YAML package says of a text that it cannot parse, in words that help. */

import type { YAMLParseError } from 'yaml'

/** Something that is wrong at a place of a text. */
export interface SyntaxError {
  readonly offset: number
  readonly message: string
  readonly hint?: string
}

/**
 * The errors of a text. Where git has left a conflict only that is told: each of its lines is an
 * error by itself, and often more than one.
 */
export function describeSyntaxErrors(
  text: string,
  errors: readonly YAMLParseError[],
): readonly SyntaxError[] {
  const conflicts = errors.length === 0 ? [] : findConflicts(text)
  if (conflicts.length > 0) return conflicts
  return errors.map(({ code, message, pos }) =>
    code === 'MULTIPLE_DOCS'
      ? { offset: pos[0], message: 'a second document begins here', hint: 'keep one of them' }
      : { offset: pos[0], message: message.charAt(0).toLowerCase() + message.slice(1) },
  )
}

function findConflicts(text: string): SyntaxError[] {
  if (!/^>{7} /m.test(text)) return []
  const hint = 'keep what is right, or a whole side: git checkout --ours (or --theirs) and the path'
  return Array.from(text.matchAll(/^<{7} .*/gm), ({ index, 0: mark }) => ({
    offset: index,
    message: `a merge conflict is not settled: '${mark.trimEnd()}'`,
    hint,
  }))
}
