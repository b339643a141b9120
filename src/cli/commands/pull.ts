import { relative } from 'node:path'
import type { Command } from 'commander'
import type { ToolkitError } from '../../core/errors.ts'
import { formatJson } from '../../core/json.ts'
import type { CheckoutResult } from '../../pipeline/versioning/checkout-data.ts'
import { tellGit } from '../contexts/data-context.ts'
import { countFetched, fetchWanted, type Fetched } from '../contexts/fetch-wanted.ts'
import {
  addTransferFlags,
  countFiles,
  failOnProblems,
  toOutcomeDocument,
  withTransfer,
  type TransferContext,
  type TransferFlags,
} from '../contexts/transfer-context.ts'

interface PullFlags extends TransferFlags {
  readonly force?: boolean
  readonly allowMissing?: boolean
}

/** Adds `mlpt pull`: fetches, and puts what was fetched in the work tree. */
export function addPullCommand(program: Command): void {
  const command = program
    .command('pull')
    .description('bring what outputs hold from a remote into the cache and the work tree')
    .option('-f, --force', 'replace and remove files that are nowhere else')
    .option('--allow-missing', 'leave out what the remote does not have')
  addTransferFlags(command).action(pull)
}

interface Pulled {
  readonly fetched: Fetched
  readonly checkout: CheckoutResult
}

interface Done extends Pulled {
  readonly importProblems: readonly ToolkitError[]
}

/** Imports that had only been written down have no object that a remote could have: their source has it. */
async function addImports(
  { fetched, checkout }: Pulled,
  { repository }: TransferContext,
  { targets, flags }: { readonly targets: readonly string[]; readonly flags: PullFlags },
): Promise<Done> {
  if (!fetched.lacksImports) return { fetched, checkout, importProblems: [] }
  const { openCache } = await import('../../pipeline/cache/open-cache-store.ts')
  const { isFolderNow } = await import('../../pipeline/repository/text-file.ts')
  const { completeImports } = await import('../../pipeline/versioning/update-imports.ts')
  using cache = openCache(repository, { clock: Date.now })
  const { outputs, written, problems } = await completeImports(
    { targets, isRecursive: flags.recursive === true, isForced: flags.force === true },
    { repository, cache, download: {} },
  )
  const paths = outputs.map(({ location }) => {
    const path = relative(repository.directory, location)
    return isFolderNow(location) ? `${path}/` : path
  })
  const added = [...checkout.added, ...paths].toSorted()
  const files = { ...checkout.files, added: checkout.files.added + paths.length }
  await tellGit(repository, written)
  return { fetched, checkout: { ...checkout, added, files }, importProblems: problems }
}

async function pull(targets: string[], flags: PullFlags): Promise<void> {
  const { checkoutError } = await import('../../pipeline/versioning/checkout-data.ts')
  const done = await withTransfer({ wait: flags.wait, changesWork: true }, async (context) => {
    const fetched = await fetchWanted(context, targets, flags)
    const first = { fetched, checkout: await checkOut(context, targets, flags) }
    const isGone = isDamaged(first.checkout)
    const pulled = isGone ? await pullAgain(first, context, { targets, flags }) : first
    return addImports(pulled, context, { targets, flags })
  })
  const { fetched, checkout, importProblems } = done
  process.stdout.write(flags.json === true ? formatPullJson(done) : formatPull(done))
  const outcomes = flags.allowMissing === true ? withoutMissing(fetched) : fetched.outcomes
  await failOnProblems([...outcomes, { problems: [...fetched.runProblems, ...importProblems] }])
  const error = flags.allowMissing === true ? undefined : checkoutError(checkout)
  if (error !== undefined) throw error
}

function isDamaged({ failed }: CheckoutResult): boolean {
  return failed.some(({ code }) => code === 'CACHE_OBJECT_DAMAGED')
}

/** Only a checkout sees that an object of the cache is damaged. It is gone by then, so that it is fetched. */
async function pullAgain(
  first: Pulled,
  context: TransferContext,
  { targets, flags }: { readonly targets: readonly string[]; readonly flags: PullFlags },
): Promise<Pulled> {
  const again = await fetchWanted(context, targets, { ...flags, runCache: false })
  const outcomes = [...first.fetched.outcomes, ...again.outcomes]
  const checkout = await checkOut(context, targets, flags)
  return {
    fetched: { ...first.fetched, outcomes },
    checkout: await addResults(first.checkout, checkout),
  }
}

async function addResults(first: CheckoutResult, second: CheckoutResult): Promise<CheckoutResult> {
  const { sortPaths } = await import('../../pipeline/versioning/checkout-data.ts')
  const added = sortPaths([...first.added, ...second.added])
  const modified = sortPaths([...first.modified, ...second.modified])
  return {
    added,
    modified: modified.filter((path) => !added.includes(path)),
    deleted: sortPaths([...first.deleted, ...second.deleted]),
    files: {
      added: first.files.added + second.files.added,
      modified: first.files.modified + second.files.modified,
      deleted: first.files.deleted + second.files.deleted,
    },
    failed: second.failed,
  }
}

/** What could not be fetched has an error already; everything else is put in place. */
async function checkOut(
  { repository }: TransferContext,
  targets: readonly string[],
  flags: PullFlags,
): Promise<CheckoutResult> {
  const { openCache } = await import('../../pipeline/cache/open-cache-store.ts')
  const { checkoutData } = await import('../../pipeline/versioning/checkout-data.ts')
  using cache = openCache(repository, { clock: Date.now })
  return await checkoutData(repository, cache, {
    targets,
    withDependencies: flags.withDeps === true,
    isRecursive: flags.recursive === true,
    isForced: flags.force === true,
  })
}

const missingCodes = new Set(['CACHE_OBJECT_MISSING', 'REMOTE_OBJECT_MISSING'])

function withoutMissing({ outcomes }: Fetched): Fetched['outcomes'] {
  return outcomes.map((outcome) => {
    const problems = outcome.problems.filter(({ code }) => !missingCodes.has(code))
    return { ...outcome, problems }
  })
}

function formatPull(done: Done): string {
  const { fetched, checkout } = done
  const { added, modified, deleted, files } = checkout
  const lines = [
    ...added.map((path) => `A\t${path}`),
    ...modified.map((path) => `M\t${path}`),
    ...deleted.map((path) => `D\t${path}`),
  ]
  const counts = [
    [countFetched(fetched), 'fetched'],
    [files.added, 'added'],
    [files.modified, 'modified'],
    [files.deleted, 'deleted'],
  ] as const
  const told = counts.filter(([count]) => count > 0)
  const words = told.map(([count, verb]) => `${countFiles(count)} ${verb}`)
  if (words.length > 0) lines.push(words.join(', '))
  else if (!hasFailed(done)) lines.push('everything is up to date')
  return lines.map((line) => `${line}\n`).join('')
}

function hasFailed({
  fetched: { outcomes, runProblems },
  checkout,
  importProblems,
}: Done): boolean {
  const problems = outcomes.flatMap((outcome) => outcome.problems)
  return [...problems, ...runProblems, ...checkout.failed, ...importProblems].length > 0
}

function formatPullJson({ fetched, checkout }: Pulled): string {
  const { outcomes, runs } = fetched
  return formatJson({ remotes: toOutcomeDocument(outcomes), runs, checkout })
}
