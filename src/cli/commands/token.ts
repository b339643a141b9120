import { Option, type Command } from 'commander'
import { formatTable } from '../../pipeline/compare/text-table.ts'
import type { TokenRole } from '../../tracking/store/tokens-store.ts'
import { formatJson } from '../../core/json.ts'
import { printResult } from '../output/print-result.ts'
import { addStoreFlag, openStoreOnly } from '../flags/tracker-flags.ts'

interface TokenFlags {
  readonly store: string
  readonly role: TokenRole
  readonly json?: true
}

/** Adds `mlpt token create`, `list` and `revoke`: who may use the tracking server. */
export function addTokenCommand(program: Command): void {
  const token = program
    .command('token')
    .description('decide who may use the tracking server; with the first token it wants one')
  addStoreFlag(token.command('create').description('make a token and print it, this once'))
    .argument('<name>', 'who it is for; the audit log names it')
    .addOption(
      new Option('--role <role>', 'what it may do, each with what stands before it')
        .choices(['read', 'write', 'admin'])
        .default('write'),
    )
    .option('--json', 'print one JSON document')
    .action(create)
  addStoreFlag(token.command('list').description('list the tokens, without their secrets'))
    .option('--json', 'print one JSON document')
    .action(list)
  addStoreFlag(token.command('revoke').description('make a token worthless, at once'))
    .argument('<name>', 'the name it was made with')
    .option('--json', 'print one JSON document')
    .action(revoke)
}

/** The secret alone goes to stdout, for `$(mlpt token create …)`. */
async function create(name: string, flags: TokenFlags): Promise<void> {
  const { store: directory, role } = flags
  const { openTrackingStore } = await import('../../tracking/store/sqlite-store.ts')
  await using store = await openTrackingStore({ directory })
  const secret = await store.tokens.createToken({ name, role, creationTime: Date.now() })
  printResult(flags, { name, role, token: secret }, `${secret}\n`)
  process.stderr.write(
    `token '${name}' may ${role}; it is not shown again. Clients send it as MLFLOW_TRACKING_TOKEN.\n`,
  )
}

async function list(flags: TokenFlags): Promise<void> {
  await using store = await openStoreOnly(flags, '')
  const tokens = (await store.tokens.listTokens()).map(({ name, role, creationTime }) => ({
    name,
    role,
    created: new Date(creationTime).toISOString(),
  }))
  if (flags.json === true) process.stdout.write(formatJson({ tokens }))
  else if (tokens.length === 0) process.stderr.write('there are no tokens\n')
  else {
    const rows = tokens.map(({ name, role, created }) => [name, role, created])
    process.stdout.write(formatTable({ header: ['name', 'role', 'created'], rows }))
  }
}

async function revoke(name: string, flags: TokenFlags): Promise<void> {
  await using store = await openStoreOnly(flags, '')
  await store.tokens.revokeToken(name)
  printResult(flags, { revoked: name }, '')
  process.stderr.write(`token '${name}' is revoked\n`)
  if (await store.tokens.hasTokens()) return
  process.stderr.write(
    'it was the last: a server that is started on this machine alone, without --require-token, wants none\n',
  )
}
