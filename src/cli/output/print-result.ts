/** What a command found or did, for a program that asks for it with `--json`, or in words. */

import type { Command } from 'commander'
import { formatJson } from '../../core/json.ts'

/** The flag of {@link addJsonFlag}. */
export interface JsonFlag {
  readonly json?: boolean
}

/** Lets a command be asked for its result as a document. */
export function addJsonFlag(command: Command): Command {
  return command.option('--json', 'print one JSON document')
}

/** Writes the result to stdout: all of it as a document, or the text that people read. */
export function printResult({ json }: JsonFlag, result: unknown, text: string): void {
  process.stdout.write(json === true ? formatJson(result) : text)
}
