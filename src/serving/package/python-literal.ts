import { escapeControls } from '../../core/visible-text.ts'

/** A literal of Python: JSON's texts are, but for the characters that JSON leaves bare and Python ends a line at. */
export function textOf(text: string): string {
  return escapeControls(JSON.stringify(text))
}
