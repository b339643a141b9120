import { stripVTControlCharacters } from 'node:util'
import { escapeControls } from '../../core/visible-text.ts'

/**
 * What of a line fits into so many columns, without what would move the cursor. East Asian
 * characters and emoji take two columns; combining marks are counted too, so a line may come out shorter.
 */
export function fitText(text: string, columns: number): string {
  let width = 0
  let fitting = ''
  for (const character of plainText(text)) {
    width += isWide(character.codePointAt(0) ?? 0) ? 2 : 1
    if (width > columns) break
    fitting += character
  }
  return fitting
}

/** A line without colours, tabs and other control characters, and without those that turn its direction. */
function plainText(text: string): string {
  return escapeControls(stripVTControlCharacters(text).replaceAll(/\p{Cc}/gu, ' '))
}

const wideRanges = [
  [0x11_00, 0x11_5f],
  [0x23_1a, 0x23_fa],
  [0x25_fd, 0x27_bf],
  [0x2b_1b, 0x2b_55],
  [0x2e_80, 0xa4_cf],
  [0xac_00, 0xd7_a3],
  [0xf9_00, 0xfa_ff],
  [0xfe_30, 0xfe_6f],
  [0xff_00, 0xff_60],
  [0x1_f0_00, 0x10_ff_ff],
] as const

/** Rather too wide than too narrow: a line that wraps spoils all that is drawn after it. */
function isWide(codePoint: number): boolean {
  return wideRanges.some(([first, last]) => codePoint >= first && codePoint <= last)
}

/**
 * A duration for a person: `0.3 s`, `59.9 s`, `1 min 5 s`, `2 h 10 min`.
 *
 * @param durationMs - 0 or more
 */
export function formatDuration(durationMs: number): string {
  if (durationMs < 59_950) return `${(durationMs / 1000).toFixed(1)} s`
  const seconds = Math.round(durationMs / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  const minutes = Math.round(seconds / 60)
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
