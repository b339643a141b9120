/** What reaches a terminal: names, levels and messages of strangers must not move its cursor, or set its title. */

import { escapeAllButColours } from '../../core/visible-text.ts'

type Write = NodeJS.WriteStream['write']

/** By the writing that is guarded, that which is not. */
const unguarded = new WeakMap<object, Write>()

/** From now on, control characters but for colours are shown instead of obeyed, whoever writes. */
export function guardTerminal(stream: NodeJS.WriteStream): void {
  const write = stream.write.bind(stream)
  const guarded = (piece: string | Uint8Array, ...rest: []): boolean =>
    write(typeof piece === 'string' ? escapeAllButColours(piece) : piece, ...rest)
  unguarded.set(guarded, write)
  stream.write = guarded
}

/** Writes a sequence that moves the cursor, and text after it, as one piece. */
export function writeControl(
  stream: { write(text: string): unknown },
  sequence: string,
  text = '',
): void {
  // Somebody else may have taken its place, so that nothing is heard.
  const current: unknown = Reflect.get(stream, 'write')
  const write = typeof current === 'function' ? unguarded.get(current) : undefined
  if (write === undefined) stream.write(sequence + text)
  else write(sequence + escapeAllButColours(text))
}
