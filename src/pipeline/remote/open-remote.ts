/** From settings to a remote. */

import { isAbsolute } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import { schemeOf } from '../config/check-config.ts'
import type { Config } from '../config/config.ts'
import { isAddress } from './remote-address.ts'
import { withoutPassword } from './remote-errors.ts'
import type { Remote } from './remote.ts'

/** What may be asked of a remote besides its settings. */
export interface OpenRemoteOptions {
  /** How many transfers at a time; else what the settings say, else what suits the remote. */
  readonly jobs?: number | undefined
  /** Milliseconds since 1970; with it S3 is faster. */
  readonly clock?: (() => number) | undefined
}

const folderJobs = 8
const s3Jobs = 16

/**
 * Opens the remote of a name, else the default one.
 *
 * @throws {ToolkitError} `REMOTE_UNKNOWN` when there is none, or it is of a kind that only DVC knows;
 *   `CONFIG_INVALID`, `REMOTE_UNAVAILABLE`
 */
export async function openRemote(
  config: Config,
  name: string | undefined,
  { jobs, clock }: OpenRemoteOptions = {},
): Promise<Remote> {
  const chosen = (name ?? config.sections.get('core')?.get('remote'))?.toLowerCase()
  if (chosen === undefined) throw noDefault(config)
  const options = resolveOptions(config, chosen, [])
  checkVersioning(chosen, options)
  const own = options.get('jobs')
  const count = jobs ?? (own === undefined ? undefined : Number(own))
  return openKind(chosen, options, { jobs: count, clock })
}

/**
 * Opens a remote by its name in the settings, or by its address: `s3://bucket/path`, `remote://name/path`, or the absolute
 * path of a folder.
 *
 * @throws {ToolkitError} as {@link openRemote} does
 */
export async function openRemoteAt(
  config: Config,
  nameOrAddress: string,
  { jobs, clock }: OpenRemoteOptions = {},
): Promise<Remote> {
  if (!isAddress(nameOrAddress)) return openRemote(config, nameOrAddress, { jobs, clock })
  const options = followUrl(config, new Map([['url', nameOrAddress]]))
  return openKind(withoutPassword(nameOrAddress), options, { jobs, clock })
}

async function openKind(
  name: string,
  options: ReadonlyMap<string, string>,
  { jobs, clock }: OpenRemoteOptions,
): Promise<Remote> {
  const url = options.get('url') ?? ''
  const scheme = schemeOf(url)
  if (scheme === '' && isAbsolute(url)) {
    const { openFolderRemote } = await import('./folder-store.ts')
    const isShared = options.get('shared') === 'group'
    return openFolderRemote({ name, folder: url, jobs: jobs ?? folderJobs, isShared })
  }
  if (scheme === 's3') {
    const { openS3Remote } = await import('./s3-client.ts')
    const { readS3Options } = await import('./s3-options.ts')
    return openS3Remote(readS3Options(name, options, jobs ?? s3Jobs), { clock })
  }
  const shown = withoutPassword(url)
  const problem = scheme === '' ? 'it names no bucket or host' : `'${scheme}' is not supported`
  const place = isAddress(name) ? `'${shown}' is no remote` : `the remote '${name}' is at ${shown}`
  throw new ToolkitError('REMOTE_UNKNOWN', `${place}: ${problem}`, {
    hint: 'use a folder or S3, or transfer with dvc',
    details: { name, scheme },
  })
}

function resolveOptions(
  config: Config,
  name: string,
  trail: readonly string[],
): ReadonlyMap<string, string> {
  const own = config.remotes.get(name)
  if (own === undefined) throw unknownRemote(config, name)
  return followUrl(config, own, [...trail, name])
}

/**
 * A URL `remote://other/path` takes the other's URL and options, which its own ones overrule.
 *
 * @param own - options, `url` among them
 * @param trail - names of the remotes that led here
 * @throws {ToolkitError} `REMOTE_UNKNOWN`, `CONFIG_INVALID` for a circle
 */
export function followUrl(
  config: Config,
  own: ReadonlyMap<string, string>,
  trail: readonly string[] = [],
): ReadonlyMap<string, string> {
  const match = /^remote:\/\/([^/]+)\/*(.*)$/is.exec(own.get('url') ?? '')
  if (match === null) return own
  const [, base = '', path = ''] = match
  if (trail.includes(base)) {
    throw new ToolkitError('CONFIG_INVALID', `the remote '${base}' refers to itself`, {
      hint: `give it a URL of its own: mlpt remote modify ${base} url <url>`,
    })
  }
  const other = resolveOptions(config, base.toLowerCase(), trail)
  const url = `${(other.get('url') ?? '').replace(/\/+$/, '')}/${path}`
  return new Map([...other, ...own, ['url', url]])
}

function checkVersioning(name: string, options: ReadonlyMap<string, string>): void {
  const option = ['worktree', 'version_aware'].find((one) => options.get(one) === 'true')
  if (option === undefined) return
  throw new ToolkitError(
    'REMOTE_UNKNOWN',
    `the remote '${name}' has '${option}', which is not supported`,
    {
      hint: 'use another remote, or transfer with dvc',
      details: { name, option },
    },
  )
}

function unknownRemote(config: Config, name: string): ToolkitError {
  const names = [...config.remotes.keys()]
  return new ToolkitError('REMOTE_UNKNOWN', `there is no remote '${name}'`, {
    hint: names.length === 0 ? addHint : nameHint(name, names, 'remotes'),
    details: { name, names },
  })
}

const addHint = 'add one: mlpt remote add --default <name> <url>'

function noDefault(config: Config): ToolkitError {
  const names = [...config.remotes.keys()]
  return new ToolkitError('REMOTE_UNKNOWN', 'no remote is named, and there is no default one', {
    hint:
      names.length === 0
        ? addHint
        : `choose one with --remote, or: mlpt remote default ${names[0]}`,
    details: { names },
  })
}
