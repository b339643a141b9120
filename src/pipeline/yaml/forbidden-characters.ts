/** Characters that DVC does not take in YAML, beyond what the parser refuses. */

import { loadYaml } from './yaml-package-file.ts'

/** Something that cannot stand where it does. */
export interface ForbiddenCharacter {
  readonly offset: number
  readonly message: string
}

/**
 * Control characters anywhere, and tabs in plain text or, outside brackets, between values: YAML allows
 * these tabs, and DVC stops at them.
 */
export function findForbiddenCharacters(text: string): ForbiddenCharacter[] {
  return [...findUnprintable(text), ...(text.includes('\t') ? findTabs(text) : [])]
}

const unprintable =
  // oxlint-disable-next-line no-control-regex -- these are what YAML forbids
  /[^\t\n\r\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u

function findUnprintable(text: string): ForbiddenCharacter[] {
  const offset = text.search(unprintable)
  if (offset === -1) return []
  const code = (text.codePointAt(offset) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  return [{ offset, message: `the character U+${code} cannot stand in YAML` }]
}

function findTabs(text: string): ForbiddenCharacter[] {
  const found: ForbiddenCharacter[] = []
  let offset = 0
  let depth = 0
  let previous = ''
  for (const lexeme of new (loadYaml().Lexer)().lex(text)) {
    if (isMarker(lexeme)) continue
    const isAllowed = isBlank(lexeme) ? depth > 0 : isFreeText(lexeme, previous)
    const tab = isAllowed ? -1 : lexeme.indexOf('\t')
    if (tab !== -1) found.push({ offset: offset + tab, message: 'a tab stands between values' })
    offset += lexeme.length
    depth += depthChanges[lexeme] ?? 0
    if (!isBlank(lexeme) && !lexeme.startsWith('#')) previous = lexeme
  }
  return found
}

/** What the lexer puts between the pieces of the text. */
function isMarker(lexeme: string): boolean {
  return lexeme === '\u0002' || lexeme === '\u0018' || lexeme === '\u001f'
}

function isBlank(lexeme: string): boolean {
  return /^\s*$/.test(lexeme)
}

/** Quoted text, comments, and what follows `|` or `>`. */
function isFreeText(lexeme: string, previous: string): boolean {
  return /^["'#]/.test(lexeme) || /^[|>]/.test(previous)
}

const depthChanges: Readonly<Record<string, number>> = { '{': 1, '[': 1, '}': -1, ']': -1 }
