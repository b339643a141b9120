import type { Command } from 'commander'
import { formatJson } from '../../core/json.ts'
import { addReadFlags, type ReadFlags } from '../read-flags.ts'
import { fitText } from '../terminal-text.ts'

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
  addReadFlags(command).action(runProfile)
}

interface ProfileFlags extends ReadFlags {
  readonly json?: boolean
  readonly html?: string
  readonly previous?: string
  readonly output?: string
}

async function runProfile(file: string, flags: ProfileFlags): Promise<void> {
  const { openDatabase } = await import('../../data/duckdb-store.ts')
  const { openNamedTable } = await import('../open-table.ts')
  const { profileTable } = await import('../../data/profile/profile-table.ts')
  const { renderProfile } = await import('../../data/profile/profile-text.ts')
  const { readProfile } = await import('../../data/profile/profile-file.ts')
  const { writeFileAtomically } = await import('../../core/atomic-file.ts')
  const previous = flags.previous === undefined ? undefined : await readProfile(flags.previous)
  using database = await openDatabase()
  await using opened = await openNamedTable(database, file, flags)
  const profile = await profileTable(database, opened.table)
  if (flags.output !== undefined) await writeFileAtomically(flags.output, formatJson(profile))
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
