import type { Command } from 'commander'
import { formatJson } from '../../core/json.ts'
import { type MadeProfile, useKeptProfile } from '../contexts/kept-profile.ts'
import { parseNames } from '../flags/parse-names.ts'
import { addReadFlags, toReadOptions, type ReadFlags } from '../flags/read-flags.ts'
import { fitText } from '../output/terminal-text.ts'
import { writeJson } from '../../core/json-file.ts'

/** `mlpt profile FILE`: what the columns of a table hold. */
export function addProfileCommand(program: Command): void {
  const command = program
    .command('profile')
    .description('what the columns of a table hold: types, missing cells, limits, distributions')
    .argument('<file>', 'table file')
    .option('--json', 'print the profile as one JSON document')
    .option('--html <path>', 'write the profile with pictures as one HTML file')
    .option('--previous <path>', 'profile of the version before, drawn over this one on the page')
    .option('--output <path>', 'write the profile as JSON')
    .option('--columns <names>', 'only these, separated by commas; by default all', parseNames)
    .option('-f, --force', 'read the file although the repository keeps its profile')
  addReadFlags(command).action(runProfile)
}

interface ProfileFlags extends ReadFlags {
  readonly json?: boolean
  readonly html?: string
  readonly previous?: string
  readonly output?: string
  readonly columns?: readonly string[]
  readonly force?: boolean
}

async function runProfile(file: string, flags: ProfileFlags): Promise<void> {
  const { renderProfile } = await import('../../data/profile/profile-text.ts')
  const { readProfile } = await import('../../data/profile/profile-file.ts')
  const { writeFileAtomically } = await import('../../core/atomic-file.ts')
  const previous = flags.previous === undefined ? undefined : await readProfile(flags.previous)
  const { columns, force } = flags
  const options = { reading: toReadOptions(flags), ...(columns !== undefined && { columns }) }
  const profile = await useKeptProfile(file, { ...options, force }, () => makeProfile(file, flags))
  if (flags.output !== undefined) await writeJson(flags.output, profile)
  if (flags.html !== undefined) {
    const { renderProfilePage } = await import('../../data/page/profile-page.ts')
    await writeFileAtomically(
      flags.html,
      renderProfilePage(profile, { name: file, ...(previous !== undefined && { previous }) }),
    )
  }
  const lines = renderProfile(profile).map((line) => `${fitText(line, Infinity)}\n`)
  process.stdout.write(flags.json === true ? formatJson(profile) : lines.join(''))
}

async function makeProfile(file: string, flags: ProfileFlags): Promise<MadeProfile> {
  const { openDatabase } = await import('../../data/duckdb-store.ts')
  const { openNamedTable } = await import('../contexts/open-table.ts')
  const { profileTable } = await import('../../data/profile/profile-table.ts')
  using database = await openDatabase()
  await using opened = await openNamedTable(database, file, flags)
  const profile = await profileTable(database, opened.table, { columns: flags.columns })
  return { profile, isQuiet: opened.warnings.length === 0 }
}
