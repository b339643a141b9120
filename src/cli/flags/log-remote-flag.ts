import { Option } from 'commander'
import type { Remote } from '../../pipeline/remote/remote.ts'
import { currentSource } from '../contexts/config-context.ts'

/** The flag that says where prediction logs of several machines are brought together. */
export function logRemoteOption(what: string): Option {
  return new Option(
    '--remote <name or address>',
    `${what}: a remote of the settings, s3://bucket/path or the absolute path of a folder`,
  )
}

/**
 * Opens it; a repository is not needed.
 *
 * @throws {ToolkitError} `REMOTE_UNKNOWN`, `REMOTE_UNAVAILABLE`, `CONFIG_INVALID`
 */
export async function openLogRemote(nameOrAddress: string): Promise<Remote> {
  const { readConfig } = await import('../../pipeline/config/config-file.ts')
  const { openRemoteAt } = await import('../../pipeline/remote/open-remote.ts')
  return openRemoteAt(readConfig(await currentSource()), nameOrAddress, { clock: Date.now })
}
