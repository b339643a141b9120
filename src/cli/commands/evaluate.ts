import type { Command } from 'commander'
import { withTracking } from '../contexts/project-context.ts'

/** `mlpt evaluate MODEL`: measures a model on the test fold, through its ONNX file. */
export function addEvaluateCommand(program: Command): void {
  program
    .command('evaluate')
    .description('score the test fold through the ONNX file; write metrics and curves')
    .argument('<model>', 'a folder in models/, such as logistic or one of your own')
    .action((kind: string) =>
      withTracking(async (context) => {
        const { evaluate } = await import('../../project/evaluate.ts')
        await evaluate(context, kind)
      }),
    )
}
