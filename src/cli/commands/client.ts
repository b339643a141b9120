import { Option, type Command } from 'commander'
import { formatJson } from '../../core/json.ts'

/** `mlpt client generate MODEL`: a typed TypeScript client of the API that serves a model. */
export function addClientCommand(program: Command): void {
  const client = program.command('client').description('TypeScript clients of the prediction API')
  client
    .command('generate')
    .description("write a client whose types are the model's columns; it needs nothing but fetch")
    .argument(
      '[model]',
      "models:/name@alias, models:/name/3, or a model folder (default: the project's champion)",
    )
    .option('-o, --output <path>', 'the file to write; by default stdout')
    .option('--json', 'say what was done as one JSON document')
    .addOption(
      new Option('--store <folder>', 'folder of the tracking store')
        .env('MLPT_STORE')
        .default('.mlpt'),
    )
    .action(generate)
}

interface ClientFlags {
  readonly output?: string
  readonly json?: true
  readonly store: string
}

async function generate(selector: string | undefined, flags: ClientFlags): Promise<void> {
  const { writeFileAtomically } = await import('../../core/atomic-file.ts')
  const { createClientSource } = await import('../../serving/client-source.ts')
  const { openSelectedModel } = await import('../contexts/open-selected-model.ts')
  const { predictor, modelVersion } = await openSelectedModel(selector, flags.store)
  const source = createClientSource(predictor, modelVersion)
  const { output } = flags
  if (output !== undefined) await writeFileAtomically(output, source)
  const { name, digest } = predictor
  if (flags.json === true) {
    const model = { name, version: modelVersion ?? null, digest }
    const written = output === undefined ? { source } : { output }
    process.stdout.write(formatJson({ ...written, model }))
  } else if (output === undefined) process.stdout.write(source)
  else process.stderr.write(`${output}: a client of ${name}\n`)
}
