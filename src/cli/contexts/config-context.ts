/** What `mlpt config` and `mlpt remote` share: the choice of a file, and changing it. */

import type { Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import type { ConfigLevel, ConfigSource } from '../../pipeline/config/config-file.ts'

/** Flags that choose a file. */
export interface LevelFlags {
  readonly global?: boolean
  readonly system?: boolean
  readonly project?: boolean
  readonly local?: boolean
}

/** Adds the flags of {@link LevelFlags} to a command. */
export function addLevelFlags(command: Command): Command {
  return command
    .option('--global', "the user's settings")
    .option('--system', "the machine's settings")
    .option('--project', 'the settings of the project: .dvc/config')
    .option('--local', 'those that git does not keep: .dvc/config.local')
}

/** The file that flags choose; `undefined` without any. @throws {ToolkitError} `CLI_USAGE` */
export function chosenLevel(flags: LevelFlags): ConfigLevel | undefined {
  const levels = ['system', 'global', 'project', 'local'] as const
  const chosen = levels.filter((level) => flags[level] === true)
  if (chosen.length < 2) return chosen[0]
  const names = chosen.map((level) => `--${level}`).join(' and ')
  throw new ToolkitError('CLI_USAGE', `${names} exclude each other`, { hint: 'choose one' })
}

/** The settings around the current folder, inside of a repository or not. */
export async function currentSource(): Promise<ConfigSource> {
  const { findRoot } = await import('../../pipeline/config/config-file.ts')
  return { root: findRoot(process.cwd()), environment: process.env }
}
