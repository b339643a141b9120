import { InvalidArgumentError, type Command } from 'commander'
import { formatJson } from '../../core/json.ts'
import { pathTypes, type PathType } from '../../pipeline/stages/typed-paths.ts'
import { countFetched, fetchWanted } from '../contexts/fetch-wanted.ts'
import {
  addTransferFlags,
  countFiles,
  failOnProblems,
  toOutcomeDocument,
  withTransfer,
  type TransferFlags,
} from '../contexts/transfer-context.ts'

/** Adds `mlpt fetch`: brings what outputs need from a remote into the cache. */
export function addFetchCommand(program: Command): void {
  const command = program
    .command('fetch')
    .description('bring what outputs hold from a remote into the cache')
    .option('--max-size <bytes>', 'only what is smaller, of folders all files together', parseBytes)
    .option('--type <type>', 'only metrics, or only plots; may be repeated', addType)
  addTransferFlags(command).action(fetch)
}

function parseBytes(text: string): number {
  if (/^[1-9]\d{0,15}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('expected a number of bytes')
}

function addType(text: string, before: readonly PathType[] = []): readonly PathType[] {
  const type = pathTypes.find((known) => known === text)
  if (type === undefined) throw new InvalidArgumentError(`expected ${pathTypes.join(' or ')}`)
  return [...before, type]
}

async function fetch(targets: string[], flags: TransferFlags): Promise<void> {
  const fetched = await withTransfer(flags, (context) => fetchWanted(context, targets, flags))
  const { outcomes, runs } = fetched
  if (flags.json === true) {
    process.stdout.write(formatJson({ remotes: toOutcomeDocument(outcomes), runs }))
  }
  await failOnProblems([...outcomes, { problems: fetched.runProblems }])
  if (flags.json === true) return
  const count = countFetched(fetched)
  process.stdout.write(
    count === 0 ? 'everything is up to date\n' : `${countFiles(count)} fetched\n`,
  )
}
