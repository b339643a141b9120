/** A simple command of a shell line. */
export interface ShellCommand {
  readonly words: readonly ShellWord[]
}

/** One word after quotes are gone. */
export interface ShellWord {
  readonly text: string
  /** Whether the shell would put something into it: a variable, what a command prints, file names. */
  readonly isExpanded: boolean
}

/**
 * Splits a line as a shell does into its simple commands, at `&&`, `||`, `;`, `|`, `&`,
 * parentheses and newlines. Redirections are left out; comments end the line.
 */
export function splitShellCommands(line: string): ShellCommand[] {
  const commands: ShellWord[][] = [[]]
  let skipsWord = false
  for (const match of line.matchAll(tokens)) {
    const [token] = match
    if (/^(?:\s*#|[ \t]|\\\n)/.test(token)) continue
    if (/^(?:\d*(?:[<>]|&>))/.test(token)) skipsWord = !/&\d$|&-$/.test(token)
    else if (/^[;&|()\n]/.test(token)) commands.push([])
    else if (skipsWord) skipsWord = false
    else commands.at(-1)?.push(readWord(token))
  }
  return commands.filter((words) => words.length > 0).map((words) => ({ words }))
}

/** Blanks with comments; redirections; operators; words. A quote that is never closed ends with the line. */
const tokens =
  /(?:^|(?<=[\s;&|()]))#[^\n]*|[ \t]+|\\\n|\d*(?:>>|>\||<<<|<>|[<>])(?:&(?:\d+|-))?|&>>?|&&|\|\||;;|[;&|()\n]|(?:\\[\s\S]|'[^']*(?:'|$)|"(?:\\[\s\S]|[^"\\])*(?:"|$)|[^\s;&|()<>'"\\])+|\\$/g

const pieces = /\\([\s\S])|'([^']*)'?|"((?:\\[\s\S]|[^"\\])*)"?|([^'"\\]+)/g

function readWord(token: string): ShellWord {
  let text = ''
  let isExpanded = false
  for (const [, escaped, single, double, bare] of token.matchAll(pieces)) {
    text += escaped ?? single ?? double?.replaceAll(/\\([$`"\\\n])/g, '$1') ?? bare ?? ''
    isExpanded ||= /(?:^|[^\\])[$`]/.test(double ?? '') || /[$`*?[]/.test(bare ?? '')
  }
  return { text, isExpanded }
}

/** The name of the program that a word starts; empty when only the shell knows it. */
export function programOf(word: ShellWord | undefined): string {
  return word === undefined || word.isExpanded ? '' : (word.text.split('/').at(-1) ?? '')
}
