import type { Command } from 'commander'
import { formatJson } from '../../core/json.ts'
import { addPlaceFlags, type TrackerFlags } from '../flags/tracker-flags.ts'

/** `mlpt client generate MODEL`: a typed TypeScript client of the API that serves a model. */
export function addClientCommand(program: Command): void {
  const client = program.command('client').description('TypeScript clients of the prediction API')
  const generator = client
    .command('generate')
    .description("write a client whose types are the model's columns; it needs nothing but fetch")
    .argument(
      '[model]',
      "models:/name@alias, models:/name/3, or a model folder (default: the project's champion)",
    )
    .option('-o, --output <path>', 'the file to write; by default stdout')
    .option('--json', 'say what was done as one JSON document')
  addPlaceFlags(generator).action(generate)
}

interface ClientFlags extends TrackerFlags {
  readonly output?: string
}

async function generate(selector: string | undefined, flags: ClientFlags): Promise<void> {
  const { writeFileAtomically } = await import('../../core/atomic-file.ts')
  const { createClientSource } = await import('../../serving/client-source.ts')
  const { openSelectedModel } = await import('../contexts/open-selected-model.ts')
  const { predictor, modelVersion } = await openSelectedModel(selector, flags)
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
