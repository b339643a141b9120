import { Argument, type Command } from 'commander'
import { modelKinds, type ModelKind } from '../../project/parameters.ts'
import { withTracking } from '../project-context.ts'

/** `mlpt evaluate MODEL`: measures a model on the test fold, through its ONNX file. */
export function addEvaluateCommand(program: Command): void {
  program
    .command('evaluate')
    .description('score the test fold through the ONNX file; write metrics and curves')
    .addArgument(new Argument('<model>', 'which model').choices(modelKinds))
    .action((kind: ModelKind) =>
      withTracking(async (context) => {
        const { evaluate } = await import('../../project/evaluate.ts')
        await evaluate(context, kind)
      }),
    )
}
