import { relative } from 'node:path'
import type { Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { formatJson } from '../../core/json.ts'
import { nameHint } from '../../core/nearest.ts'
import type { ConfigValue, OptionName } from '../../pipeline/config/config-document.ts'
import type { ConfigFile, ConfigSource } from '../../pipeline/config/config-file.ts'
import {
  addLevelFlags,
  chosenLevel,
  currentSource,
  type LevelFlags,
} from '../contexts/config-context.ts'

interface ConfigFlags extends LevelFlags {
  readonly unset?: boolean
  readonly list?: boolean
  readonly showOrigin?: boolean
  readonly json?: boolean
}

/** Adds `mlpt config`: shows and changes DVC's settings. */
export function addConfigCommand(program: Command): void {
  const command = program
    .command('config')
    .description("show and change the settings, which are dvc's")
    .argument('[name]', 'core.remote, or remote.name.option')
    .argument('[value]', 'what it becomes')
    .option('-u, --unset', 'remove the option')
    .option('-l, --list', 'print all options')
    .option('--show-origin', 'print also the file that an option stands in')
    .option('--json', 'print one JSON document')
  addLevelFlags(command).action(config)
}

async function config(
  name: string | undefined,
  value: string | undefined,
  flags: ConfigFlags,
): Promise<void> {
  checkFlags(name, value, flags)
  const { parseOptionName } = await import('../../pipeline/config/edit-config.ts')
  const source = await currentSource()
  if (name === undefined) {
    process.stdout.write(await formatList(source, flags))
    return
  }
  const option = parseOptionName(name)
  if (value === undefined && flags.unset !== true) {
    process.stdout.write(await formatOne(source, option, flags))
    return
  }
  await change(source, option, { value, level: chosenLevel(flags) ?? 'project' })
}

/** @throws {ToolkitError} `CLI_USAGE` */
function checkFlags(
  name: string | undefined,
  value: string | undefined,
  { list, unset, showOrigin, json }: ConfigFlags,
): void {
  const isUnset = unset === true
  const isChange = value !== undefined || isUnset
  const rules = [
    [list === true && (name !== undefined || isUnset), '--list takes neither a name nor --unset'],
    [showOrigin === true && isChange, '--show-origin goes with showing, not with changing'],
    [json === true && isChange, '--json goes with showing, not with changing'],
    [isUnset && value !== undefined, '--unset takes no value'],
    [list !== true && name === undefined, 'name an option, or say --list'],
  ] as const
  const broken = rules.find(([isBroken]) => isBroken)
  if (broken !== undefined) {
    throw new ToolkitError('CLI_USAGE', broken[1], { hint: 'see: mlpt config --help' })
  }
}

interface Change {
  /** `undefined` removes the option. */
  readonly value: string | undefined
  readonly level: ConfigFile['level']
}

async function change(
  source: ConfigSource,
  name: OptionName,
  { value, level }: Change,
): Promise<void> {
  const { editConfig } = await import('../../pipeline/config/config-file.ts')
  const { toFileValue } = await import('../../pipeline/config/config-paths.ts')
  const { setOption, unsetOption } = await import('../../pipeline/config/edit-config.ts')
  const directory = process.cwd()
  await editConfig(source, {
    level,
    change: ({ document, folder }) =>
      value === undefined
        ? unsetOption(document, name)
        : setOption(document, name, toFileValue(name, value, { folder, directory })),
  })
}

/** One option of one file. */
interface Setting {
  readonly name: string
  readonly value: ConfigValue
  readonly origin: string
}

async function readSettings(source: ConfigSource, flags: ConfigFlags): Promise<Setting[]> {
  const { readConfigFiles } = await import('../../pipeline/config/config-file.ts')
  const { resolveOption } = await import('../../pipeline/config/merge-config.ts')
  const { formatOptionName } = await import('../../pipeline/config/config-document.ts')
  const level = chosenLevel(flags)
  const files = readConfigFiles(source)
  const chosen = files.filter((file) => level === undefined || file.level === level)
  if (chosen.length === 0) throw noRepository(level)
  return chosen.flatMap((file) =>
    inListOrder(file).flatMap((section) =>
      section.options.map((option) => ({
        name: formatOptionName({
          group: section.group,
          section: section.name,
          option: option.name,
        }),
        value: resolveOption(section, option, file),
        origin: originOf(file, source),
      })),
    ),
  )
}

/** As DVC lists them: what has a name of its own comes first. */
function inListOrder({ document }: ConfigFile): ConfigFile['document']['sections'] {
  const { plain = [], named = [] } = Object.groupBy(document.sections, ({ group }) =>
    group === undefined ? 'plain' : 'named',
  )
  return [...named, ...plain]
}

function noRepository(level: string | undefined): ToolkitError {
  return new ToolkitError('REPOSITORY_MISSING', `there is no repository here for --${level}`, {
    hint: 'go to the folder of the project, or use --global',
  })
}

function originOf({ level, path }: ConfigFile, { root }: ConfigSource): string {
  const isInside = root !== undefined && (level === 'project' || level === 'local')
  return isInside ? relative(root, path) : path
}

async function formatList(source: ConfigSource, flags: ConfigFlags): Promise<string> {
  const { hideSecret } = await import('../output/hide-secrets.ts')
  const all = await readSettings(source, flags)
  const settings = all.map(({ name, value, origin }) => ({
    name,
    value: hideSecret(name, value),
    origin,
  }))
  if (flags.json === true) return formatJson(settings)
  return settings.map((setting) => `${formatSetting(setting, flags, true)}\n`).join('')
}

async function formatOne(
  source: ConfigSource,
  name: OptionName,
  flags: ConfigFlags,
): Promise<string> {
  const { formatOptionName } = await import('../../pipeline/config/config-document.ts')
  const full = formatOptionName(name)
  const settings = await readSettings(source, flags)
  const setting = settings.findLast((one) => one.name === full)
  if (setting === undefined) {
    await checkKnown(name, settings, flags)
    return flags.json === true ? formatJson(null) : ''
  }
  return flags.json === true ? formatJson(setting) : `${formatSetting(setting, flags, false)}\n`
}

function formatSetting(
  { name, value, origin }: Setting,
  { showOrigin }: ConfigFlags,
  withName: boolean,
): string {
  const text = [value].flat().join(', ')
  return `${showOrigin === true ? `${origin}\t` : ''}${withName ? `${name}=` : ''}${text}`
}

/** What is not set prints nothing, as with DVC, or null; what cannot be set is a mistake. */
async function checkKnown(
  name: OptionName,
  settings: readonly Setting[],
  flags: ConfigFlags,
): Promise<void> {
  const { formatOptionName } = await import('../../pipeline/config/config-document.ts')
  const { sectionKinds } = await import('../../pipeline/config/config-schema.ts')
  const full = formatOptionName(name)
  const known = Object.entries(sectionKinds).flatMap(([section, kinds]) =>
    Object.keys(kinds).map((option) => `${section}.${option}`),
  )
  const isNamed = name.group !== undefined
  if (chosenLevel(flags) === undefined && (isNamed || known.includes(full))) return
  const names = [...new Set([...settings.map((one) => one.name), ...(isNamed ? [] : known)])]
  throw new ToolkitError('CONFIG_INVALID', `'${full}' is not set`, {
    hint: nameHint(full, names, 'options'),
    details: { name: full },
  })
}
