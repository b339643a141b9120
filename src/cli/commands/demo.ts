import { InvalidArgumentError, type Command } from 'commander'
import { addJsonFlag, printResult, type JsonFlag } from '../output/print-result.ts'

interface DemoFlags extends JsonFlag {
  readonly rows: number
  readonly seed: number
}

/** `mlpt demo FOLDER`: the project of the current folder on generated data. */
export function addDemoCommand(program: Command): void {
  const command = program
    .command('demo')
    .description('write a copy of this project that runs on generated data')
    .argument('<folder>', 'where to write it; created when it does not exist')
    .option('--rows <n>', 'rows to generate', parseRows, 30_000)
    .option('--seed <n>', 'seed of the generator', parseSeed, 7)
  addJsonFlag(command).action(async (folder: string, flags: DemoFlags) => {
    const { rows, seed } = flags
    const { writeDemo } = await import('../../project/demo-file.ts')
    await writeDemo({ from: process.cwd(), to: folder, rows, seed })
    process.stderr.write(`${rows} generated rows in ${folder}\n`)
    printResult(flags, { folder, rows, seed }, '')
  })
}

function parseRows(text: string): number {
  return parseWithin(text, 2000, 10_000_000)
}

function parseSeed(text: string): number {
  return parseWithin(text, 0, 2 ** 32 - 1)
}

function parseWithin(text: string, min: number, max: number): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw new InvalidArgumentError(`expected an integer from ${min} to ${max}`)
}
