import { styleText } from 'node:util'

/**
 * Colours only where a person looks, or FORCE_COLOR asks for them: of a terminal, `styleText` asks NO_COLOR and what it can show. Of anything
 * else it would ask what only Node's own stream knows, which takes milliseconds to load.
 */
export function paint(
  colour: 'cyan' | 'green' | 'red' | 'dim' | 'yellow',
  text: string,
  stream: NodeJS.WriteStream,
): string {
  const isPlain = !stream.isTTY && process.env['FORCE_COLOR'] === undefined
  return isPlain ? text : styleText(colour, text, { stream })
}
