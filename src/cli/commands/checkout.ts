import type { Command } from 'commander'
import { formatJson } from '../../core/json.ts'
import type { CheckoutResult } from '../../pipeline/versioning/checkout-data.ts'
import { addDataFlags, withData, type DataFlags } from '../contexts/data-context.ts'
import { pluralize } from '../../core/format-number.ts'

interface CheckoutFlags extends DataFlags {
  readonly force?: boolean
  readonly withDeps?: boolean
  readonly recursive?: boolean
  readonly relink?: boolean
  readonly allowMissing?: boolean
  readonly summary?: boolean
}

/** Adds `mlpt checkout`: makes the work tree hold what dvc.lock and the `*.dvc` files record. */
export function addCheckoutCommand(program: Command): void {
  const command = program
    .command('checkout')
    .description('put what is recorded from the cache into the work tree')
    .argument('[targets...]', 'stages, *.dvc files, outputs or paths in them; by default all')
    .option('-f, --force', 'replace and remove files that are nowhere else')
    .option('-d, --with-deps', 'also what the named stages read')
    .option('-R, --recursive', 'take a folder for everything below it')
    .option('--relink', 'make links or copies anew, as cache.type says')
    .option('--allow-missing', 'leave out what the cache does not have')
    .option('--summary', 'only count')
  addDataFlags(command).action(checkout)
}

async function checkout(targets: string[], flags: CheckoutFlags): Promise<void> {
  const { checkoutData, checkoutError } = await import('../../pipeline/versioning/checkout-data.ts')
  const result = await withData(flags, ({ repository, cache }) =>
    checkoutData(repository, cache, {
      targets,
      withDependencies: flags.withDeps === true,
      isRecursive: flags.recursive === true,
      isForced: flags.force === true,
      isRelinking: flags.relink === true,
    }),
  )
  if (flags.json === true) process.stdout.write(formatJson(result))
  else process.stdout.write(flags.summary === true ? formatSummary(result) : formatChanges(result))
  const error = flags.allowMissing === true ? undefined : checkoutError(result)
  if (error !== undefined) throw error
}

/** As dvc shows them, in its order. */
function formatChanges({ modified, added, deleted }: CheckoutResult): string {
  return [
    ...modified.map((path) => `M\t${path}\n`),
    ...added.map((path) => `A\t${path}\n`),
    ...deleted.map((path) => `D\t${path}\n`),
  ].join('')
}

function formatSummary({ files }: CheckoutResult): string {
  const counts = Object.entries(files).filter(([, count]) => count > 0)
  if (counts.length === 0) return 'nothing changed\n'
  return `${counts.map(([verb, count]) => `${count} ${pluralize(count, 'file')} ${verb}`).join(', ')}\n`
}
