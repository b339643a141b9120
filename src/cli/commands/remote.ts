import type { Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { formatJson } from '../../core/json.ts'
import { nameHint } from '../../core/nearest.ts'
import type { ConfigDocument, OptionName } from '../../pipeline/config/config-document.ts'
import type { ConfigFile, ConfigLevel, ConfigSource } from '../../pipeline/config/config-file.ts'
import {
  addLevelFlags,
  chosenLevel,
  currentSource,
  type LevelFlags,
} from '../contexts/config-context.ts'

/** Adds `mlpt remote` with its verbs: add, list, modify, remove, default, rename. */
export function addRemoteCommand(program: Command): void {
  const remote = program.command('remote').description('manage the places that keep data')
  addLevelFlags(
    remote
      .command('add')
      .description('add a remote')
      .argument('<name>', 'how to call it')
      .argument('<url>', 'a folder, or s3://bucket/path')
      .option('-d, --default', 'make it the default one')
      .option('-f, --force', 'replace one of that name'),
  ).action(addRemote)
  addLevelFlags(
    remote
      .command('list')
      .description('print all remotes')
      .option('--json', 'print one JSON document'),
  ).action(listRemotes)
  addLevelFlags(
    remote
      .command('modify')
      .description('change an option of a remote')
      .argument('<name>', 'which remote')
      .argument('<option>', 'url, region, endpointurl, …')
      .argument('[value]', 'what it becomes')
      .option('-u, --unset', 'remove the option'),
  ).action(modifyRemote)
  addLevelFlags(
    remote.command('remove').description('remove a remote').argument('<name>', 'which remote'),
  ).action(removeRemote)
  addLevelFlags(
    remote
      .command('default')
      .description('print or choose the default remote')
      .argument('[name]', 'which remote')
      .option('-u, --unset', 'have none'),
  ).action(chooseDefault)
  addLevelFlags(
    remote
      .command('rename')
      .description('give a remote another name')
      .argument('<name>', 'which remote')
      .argument('<new>', 'its new name'),
  ).action(renameRemote)
}

const defaultName: OptionName = { group: undefined, section: 'core', option: 'remote' }

function urlOf(name: string): OptionName {
  return { group: 'remote', section: name, option: 'url' }
}

interface AddFlags extends LevelFlags {
  readonly default?: boolean
  readonly force?: boolean
}

async function addRemote(typed: string, url: string, flags: AddFlags): Promise<void> {
  const { emptySection, findSection, setOption, withSection, withoutSection } = await loadEdit()
  const { toFileValue } = await import('../../pipeline/config/config-paths.ts')
  const name = typed.toLowerCase()
  const level = chosenLevel(flags) ?? 'project'
  const directory = process.cwd()
  await edit(await currentSource(), level, ({ document, folder }) => {
    const section = { group: 'remote', name } as const
    const old = findSection(document, section)
    if (old !== undefined && flags.force !== true) throw nameTaken(name, 'replace it with --force')
    const value = toFileValue(urlOf(name), url, { folder, directory })
    // Options of the old one go, and their comments stay.
    const closing = withoutSection({ ...document, closing: [] }, section).closing
    const added = withSection(document, { ...emptySection(section), comments: closing })
    const set = setOption(added, urlOf(name), value)
    return flags.default === true ? setOption(set, defaultName, name) : set
  })
  if (flags.default === true) process.stdout.write(`'${name}' is now the default remote\n`)
}

function nameTaken(name: string, hint: string): ToolkitError {
  return new ToolkitError('CONFIG_INVALID', `there is a remote '${name}' already`, {
    hint,
    details: { name },
  })
}

interface ModifyFlags extends LevelFlags {
  readonly unset?: boolean
}

async function modifyRemote(
  typed: string,
  typedOption: string,
  value: string | undefined,
  flags: ModifyFlags,
): Promise<void> {
  const { findOption, setOption, unsetOption } = await loadEdit()
  const { toFileValue } = await import('../../pipeline/config/config-paths.ts')
  if ((value === undefined) !== (flags.unset === true)) {
    throw new ToolkitError('CLI_USAGE', 'give either a value or --unset', {
      hint: `mlpt remote modify ${typed} ${typedOption} <value>`,
    })
  }
  const level = chosenLevel(flags) ?? 'project'
  const name = {
    group: 'remote',
    section: typed.toLowerCase(),
    option: typedOption.toLowerCase(),
  } as const
  const directory = process.cwd()
  await edit(await currentSource(), level, ({ document, folder }, files) => {
    checkExists(name.section, filesUpTo(files, level))
    if (value !== undefined) {
      return setOption(document, name, toFileValue(name, value, { folder, directory }))
    }
    return findOption(document, name) === undefined ? document : unsetOption(document, name)
  })
}

async function removeRemote(typed: string, flags: LevelFlags): Promise<void> {
  const { findOption, unsetOption, withoutSection } = await loadEdit()
  const name = typed.toLowerCase()
  const level = chosenLevel(flags) ?? 'project'
  const source = await currentSource()
  const isDefault = ({ document }: ConfigFile): boolean =>
    findOption(document, defaultName)?.value === name
  await edit(source, level, (file) => {
    checkExists(name, [file])
    const document = withoutSection(file.document, { group: 'remote', name })
    return isDefault(file) ? unsetOption(document, defaultName) : document
  })
  await editAbove(source, level, (file) =>
    isDefault(file) ? unsetOption(file.document, defaultName) : undefined,
  )
}

async function renameRemote(typed: string, typedNew: string, flags: LevelFlags): Promise<void> {
  const { findOption, renameSection, setOption } = await loadEdit()
  const name = typed.toLowerCase()
  const level = chosenLevel(flags) ?? 'project'
  const source = await currentSource()
  const renameDefault = (document: ConfigDocument): ConfigDocument =>
    findOption(document, defaultName)?.value === name
      ? setOption(document, defaultName, typedNew.toLowerCase())
      : document
  await edit(source, level, (file, files) => {
    if (remoteNames(files).includes(typedNew.toLowerCase())) {
      throw nameTaken(typedNew, 'choose another name')
    }
    checkExists(name, [file])
    const from = { group: 'remote', name } as const
    return renameDefault(renameSection(file.document, from, typedNew.toLowerCase()))
  })
  await editAbove(source, level, ({ document }) => {
    const changed = renameDefault(document)
    return changed === document ? undefined : changed
  })
}

interface DefaultFlags extends LevelFlags {
  readonly unset?: boolean
}

async function chooseDefault(typed: string | undefined, flags: DefaultFlags): Promise<void> {
  const { findOption, setOption, unsetOption } = await loadEdit()
  const source = await currentSource()
  const level = chosenLevel(flags)
  if (typed === undefined && flags.unset !== true) {
    const values = (await readFiles(source, level)).map(
      ({ document }) => findOption(document, defaultName)?.value,
    )
    const value = values.findLast((one) => one !== undefined)
    if (value === undefined) {
      throw new ToolkitError('REMOTE_UNKNOWN', 'there is no default remote', {
        hint: 'choose one: mlpt remote default <name>',
      })
    }
    process.stdout.write(`${[value].flat().join(', ')}\n`)
    return
  }
  const name = typed?.toLowerCase()
  await edit(source, level ?? 'project', ({ document }, files) => {
    if (name === undefined || flags.unset === true) {
      return findOption(document, defaultName) === undefined
        ? document
        : unsetOption(document, defaultName)
    }
    checkExists(name, filesUpTo(files, level ?? 'project'))
    return setOption(document, defaultName, name)
  })
}

interface ListFlags extends LevelFlags {
  readonly json?: boolean
}

async function listRemotes(flags: ListFlags): Promise<void> {
  const { findOption } = await loadEdit()
  const { resolveOption } = await import('../../pipeline/config/merge-config.ts')
  const { withoutPassword } = await import('../../pipeline/remote/remote-errors.ts')
  const files = await readFiles(await currentSource(), chosenLevel(flags))
  const urls = new Map<string, string>()
  for (const file of files) {
    for (const section of file.document.sections.filter(({ group }) => group === 'remote')) {
      const option = section.options.find(({ name }) => name === 'url')
      const value = option === undefined ? undefined : resolveOption(section, option, file)
      if (typeof value === 'string') urls.set(section.name, withoutPassword(value))
    }
  }
  const chosen = files
    .map(({ document }) => findOption(document, defaultName)?.value)
    .findLast((value) => value !== undefined)
  const remotes = Array.from(urls, ([name, url]) => ({ name, url, isDefault: name === chosen }))
  const lines = remotes.map(({ name, url, isDefault }) =>
    [name, url, ...(isDefault ? ['(default)'] : [])].join('\t'),
  )
  process.stdout.write(
    flags.json === true ? formatJson(remotes) : lines.map((line) => `${line}\n`).join(''),
  )
}

async function readFiles(
  source: ConfigSource,
  level: ConfigLevel | undefined,
): Promise<readonly ConfigFile[]> {
  const { readConfigFiles } = await import('../../pipeline/config/config-file.ts')
  return readConfigFiles(source).filter((file) => level === undefined || file.level === level)
}

async function loadEdit(): Promise<typeof import('../../pipeline/config/edit-config.ts')> {
  return import('../../pipeline/config/edit-config.ts')
}

async function edit(
  source: ConfigSource,
  level: ConfigLevel,
  change: (file: ConfigFile, files: readonly ConfigFile[]) => ConfigDocument,
): Promise<void> {
  const { editConfig } = await import('../../pipeline/config/config-file.ts')
  await editConfig(source, { level, change })
}

/** Changes the files that overrule a level, where there is something to change. */
async function editAbove(
  source: ConfigSource,
  level: ConfigLevel,
  change: (file: ConfigFile) => ConfigDocument | undefined,
): Promise<void> {
  const files = await readFiles(source, undefined)
  const above = files.slice(files.findIndex((file) => file.level === level) + 1)
  for (const file of above) {
    const document = change(file)
    if (document !== undefined) await edit(source, file.level, () => document)
  }
}

function filesUpTo(files: readonly ConfigFile[], level: ConfigLevel): readonly ConfigFile[] {
  return files.slice(0, files.findIndex((file) => file.level === level) + 1)
}

function remoteNames(files: readonly ConfigFile[]): string[] {
  return files.flatMap(({ document }) =>
    document.sections.filter(({ group }) => group === 'remote').map(({ name }) => name),
  )
}

/** @throws {ToolkitError} `REMOTE_UNKNOWN` */
function checkExists(name: string, files: readonly ConfigFile[]): void {
  const names = remoteNames(files)
  if (names.includes(name)) return
  throw new ToolkitError('REMOTE_UNKNOWN', `there is no remote '${name}'`, {
    hint:
      names.length === 0
        ? 'add one: mlpt remote add <name> <url>'
        : nameHint(name, [...new Set(names)], 'remotes'),
    details: { name, names },
  })
}
