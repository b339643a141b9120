import { Argument, type Command } from 'commander'
import { modelKinds, type ModelKind } from '../../project/parameters/parameters.ts'
import { withTracking } from '../contexts/project-context.ts'
import { parseCount } from '../contexts/transfer-context.ts'
import { addJsonFlag, printResult, type JsonFlag } from '../output/print-result.ts'

interface TrainFlags extends JsonFlag {
  readonly threads?: number
}

/** `mlpt train MODEL`: fits a model and writes its folder. */
export function addTrainCommand(program: Command): void {
  const command = program
    .command('train')
    .description('fit a model and write it as ONNX in MLflow’s model folder')
    .addArgument(new Argument('<model>', 'which model').choices(modelKinds))
    .option(
      '--threads <number>',
      'threads that share the fit of a network, or of boosted trees from 100,000 rows on; the model is the same',
      parseCount,
    )
  addJsonFlag(command).action(async (kind: ModelKind, { json, ...options }: TrainFlags) => {
    const { train } = await import('../../project/train.ts')
    const trained = await withTracking((context) => train(context, kind, options))
    printResult({ json: json === true }, trained, '')
  })
}
