/** `npx mlpt …` without npx, which takes longer to find this program than many a stage to run. */

import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { existsNow, readTextNow } from '../repository/text-file.ts'
import { shellWord } from '../../core/shell-word.ts'

/** Flags that leave npx no choice but what is installed may stand before the name. */
const npxCall = /^npx (?:--no(?:-install)? )?(?:-- )?mlpt(?![^\s;&|])/

/** Settings of npm under which npx looks elsewhere, or starts what it finds in another way. */
const decisive = 'call|package|workspaces?|script[-_]shell|node[-_]options'
const decisiveVariable = new RegExp(`^npm_config_(?:${decisive})$`, 'i')
const decisiveLine = new RegExp(`^\\s*(?:${decisive})\\b`, 'm')

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The command with `npx mlpt` at its start replaced by the program that npx would start: the `mlpt` of the
 * nearest `node_modules/.bin` that has one, from the stage's folder upwards. Anything else stays as it
 * is; so does the call where npx would take a program of the project's own package, or where npm's settings
 * have a say. What the program does not see then is what npx adds to the environment
 * (`npm_package_name` and the like).
 *
 * @throws {ToolkitError} `FILE_READ_FAILED` for a package.json or `.npmrc` that cannot be read
 */
export function skipNpx(command: string, workingFolder: string, environment: Environment): string {
  const [call] = npxCall.exec(command) ?? []
  if (call === undefined) return command
  if (Object.keys(environment).some((name) => decisiveVariable.test(name))) return command
  const program = findProgram(workingFolder, environment)
  return program === undefined ? command : `${shellWord(program)}${command.slice(call.length)}`
}

function findProgram(workingFolder: string, environment: Environment): string | undefined {
  const own = findOwnFolder(workingFolder)
  if (own === undefined || offersProgram(own) || haveSettings(own, environment)) return undefined
  for (let folder = own; ; folder = dirname(folder)) {
    const program = join(folder, 'node_modules', '.bin', 'mlpt')
    if (existsNow(program)) return program
    if (dirname(folder) === folder) return undefined
  }
}

/** What npm takes for the project: the nearest folder with one of these. */
function findOwnFolder(workingFolder: string): string | undefined {
  for (let folder = workingFolder; ; folder = dirname(folder)) {
    const names = ['package.json', 'node_modules']
    if (names.some((name) => existsNow(join(folder, name)))) return folder
    if (dirname(folder) === folder) return undefined
  }
}

/** Whether the package itself may have a program of that name. */
function offersProgram(folder: string): boolean {
  const text = readTextNow(join(folder, 'package.json')) ?? ''
  return /"mlpt"\s*:|"bin"\s*:\s*"|"directories"\s*:/.test(text)
}

/** Of the project, of the user, and of the machine beside this Node. */
function haveSettings(folder: string, environment: Environment): boolean {
  const files = [
    join(folder, '.npmrc'),
    environment['npm_config_userconfig'] ?? join(environment['HOME'] ?? homedir(), '.npmrc'),
    environment['npm_config_globalconfig'] ?? join(process.execPath, '../../etc/npmrc'),
  ]
  return files.some((path) => decisiveLine.test(readTextNow(path) ?? ''))
}
