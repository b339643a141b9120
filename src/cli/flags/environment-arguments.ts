/** Flags that stand in the environment: containers are set up by it. */

import type { Option } from 'commander'

/** A flag with what it may be given by. */
export type NamedOption = Pick<Option, 'long' | 'required' | 'optional'> & {
  /** A list for a flag that may be repeated. */
  readonly defaultValue?: unknown
}

/** Options given by the environment, in the form of a command line. */
export interface EnvironmentArguments {
  /** To stand before what was typed, which then wins. */
  readonly words: readonly string[]
  /** The variables that were read, for messages. */
  readonly variables: readonly string[]
}

/** The variable of a flag: `--token-hash` has `MLPT_TOKEN_HASH`. */
export function variableOf({ long }: Pick<Option, 'long'>): string {
  return `MLPT_${(long ?? '').replace(/^--/, '').replaceAll('-', '_').toUpperCase()}`
}

/**
 * Reads every option from its variable. A variable of nothing is none; the values of a flag that may be repeated
 * stand with commas between them; a flag without a value is given by anything but `0`, `false` and `no`.
 */
export function argumentsOfEnvironment(
  options: readonly NamedOption[],
  environment: Readonly<Record<string, string | undefined>>,
): EnvironmentArguments {
  const given = options.flatMap((option) => {
    const variable = variableOf(option)
    const words = wordsOf(option, environment[variable]?.trim() ?? '')
    return words.length === 0 ? [] : [{ variable, words }]
  })
  return {
    words: given.flatMap(({ words }) => words),
    variables: given.map(({ variable }) => variable),
  }
}

function wordsOf(option: NamedOption, text: string): readonly string[] {
  const { long, required, optional, defaultValue } = option
  if (text === '' || long == null) return []
  if (!required && !optional) return /^(?:0|false|no)$/i.test(text) ? [] : [long]
  const values = Array.isArray(defaultValue) ? text.split(',') : [text]
  return values.map((value) => `${long}=${value.trim()}`)
}

/**
 * Where to listen when no flag says: `AIP_HTTP_PORT` is Vertex AI's, `PORT` that of Cloud Run and others; 8080
 * is what SageMaker and KServe expect.
 */
export function portOfEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const { MLPT_PORT, AIP_HTTP_PORT, PORT } = environment
  return (
    [MLPT_PORT, AIP_HTTP_PORT, PORT].find((port) => port !== undefined && port !== '') ?? '8080'
  )
}
