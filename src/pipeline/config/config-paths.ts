/** Options that hold paths: relative to the folder of the file they stand in. */

import { isAbsolute, join, relative, resolve } from 'node:path'
import type { OptionName } from './config-document.ts'

const remotePaths = new Set([
  'url',
  'gdrive_user_credentials_file',
  'gdrive_service_account_json_file_path',
  'credentialpath',
  'configpath',
  'keyfile',
  'cert_path',
  'key_path',
])

/** Whether an option holds a path. */
export function isPathOption({ group, section, option }: OptionName): boolean {
  if (group === 'remote') return remotePaths.has(option)
  if (group === 'machine') return option === 'startup_script' || option === 'setup_script'
  return group === undefined && section === 'cache' && option === 'dir'
}

/** What a path is relative to. */
export interface PathBase {
  /** Absolute. */
  readonly folder: string
  /** What `~` stands for. */
  readonly home: string
}

/** The absolute path, or the URL as it is. */
export function resolveConfigPath(text: string, { folder, home }: PathBase): string {
  if (isUrl(text) || isAbsolute(text)) return text
  return text === '~' || text.startsWith('~/') ? join(home, text.slice(1)) : resolve(folder, text)
}

/** Where a value was typed and where it goes. */
export interface ValueMove {
  /** The folder of the config file. */
  readonly folder: string
  /** What a path in the value is relative to: where the user is. */
  readonly directory: string
}

/** A value as it goes into a config file: paths become relative to the file. */
export function toFileValue(
  name: OptionName,
  text: string,
  { folder, directory }: ValueMove,
): string {
  const isFree = !isPathOption(name) || isUrl(text) || isAbsolute(text)
  if (isFree || text === '~' || text.startsWith('~/')) return text
  return relative(folder, resolve(directory, text)) || '.'
}

function isUrl(text: string): boolean {
  return /^\w+:\/\//.test(text)
}
