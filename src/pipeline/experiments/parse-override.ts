/** `--set-param`: which value of which parameter file changes, and how. */

import { ToolkitError } from '../../core/errors.ts'
import { defaultParameterFile } from '../parameters/parameter-values.ts'
import type { YamlValue } from '../yaml/yaml-value.ts'
import { parseValues, ValueSyntaxError } from './override-value.ts'

/** One change to a parameter file. */
export interface Override {
  /** As it was typed. */
  readonly text: string
  /** The parameter file, as it was typed. */
  readonly file: string
  readonly key: string
  /** `change` needs the key to exist, `add` (`+`) needs it not to, `force` (`++`) takes both, `remove` is `~`. */
  readonly kind: 'change' | 'add' | 'force' | 'remove'
  /** At least one; several make one experiment each. None when a key is removed. */
  readonly values: readonly YamlValue[]
}

/**
 * Parses `[file:]key=value`, with DVC's rules: `key=1,2` gives two values, `key=[1,2]` one list,
 * `key='a,b'` one text; `+key=1` adds a key, `++key=1` sets it either way, `~key` takes it away.
 *
 * @throws {ToolkitError} `CLI_USAGE`
 */
export function parseOverride(text: string): Override {
  const [name = ''] = text.split('=', 1)
  const colon = name.indexOf(':')
  const file = colon === -1 ? defaultParameterFile : text.slice(0, colon)
  const found = overridePattern.exec(text.slice(colon + 1))?.groups
  if (found === undefined || file === '') throw shapeError(text)
  const { prefix = '', key = '', value } = found
  const kind = kinds[prefix] ?? 'change'
  // Hydra's '~key=value' removes a key only when it has that value.
  if ((kind === 'remove') !== (value === undefined)) throw shapeError(text)
  return { text, file, key, kind, values: value === undefined ? [] : readValues(text, value) }
}

const overridePattern =
  /^(?<prefix>\+\+?|~)?(?<key>[A-Za-z_$][\w$-]*(?:\.(?:[A-Za-z_$][\w$-]*|\d+))*)(?:=(?<value>.*))?$/s

const kinds: Readonly<Record<string, Override['kind']>> = {
  '+': 'add',
  '++': 'force',
  '~': 'remove',
}

function readValues(text: string, valueText: string): readonly YamlValue[] {
  try {
    return parseValues(valueText)
  } catch (error) {
    if (!(error instanceof ValueSyntaxError)) throw error
    const column = text.length - valueText.length + error.position + 1
    throw new ToolkitError(
      'CLI_USAGE',
      `--set-param '${text}' at column ${column}: ${error.message}`,
      { hint: `put text with other characters in quotes: -S "key='a b, c'"`, cause: error },
    )
  }
}

function shapeError(text: string): ToolkitError {
  return new ToolkitError('CLI_USAGE', `--set-param is '${text}', expected [file:]key=value`, {
    hint: 'write for example -S train.learning_rate=0.05,0.1 or -S other.yaml:seed=7',
    details: { text },
  })
}
