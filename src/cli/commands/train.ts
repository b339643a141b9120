import { Argument, type Command } from 'commander'
import { modelKinds, type ModelKind } from '../../project/parameters/parameters.ts'
import { withTracking } from '../contexts/project-context.ts'
import { parseCount } from '../contexts/transfer-context.ts'

/** `mlpt train MODEL`: fits a model and writes its folder. */
export function addTrainCommand(program: Command): void {
  program
    .command('train')
    .description('fit a model and write it as ONNX in MLflow’s model folder')
    .addArgument(new Argument('<model>', 'which model').choices(modelKinds))
    .option(
      '--threads <number>',
      'threads that share the fit of a network, or of boosted trees from 100,000 rows on; the model is the same',
      parseCount,
    )
    .action((kind: ModelKind, options: { readonly threads?: number }) =>
      withTracking(async (context) => {
        const { train } = await import('../../project/train.ts')
        await train(context, kind, options)
      }),
    )
}
