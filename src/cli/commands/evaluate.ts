import type { Command } from 'commander'
import { withTracking } from '../contexts/project-context.ts'
import { addJsonFlag, printResult, type JsonFlag } from '../output/print-result.ts'

/** `mlpt evaluate MODEL`: measures a model on the test fold, through its ONNX file. */
export function addEvaluateCommand(program: Command): void {
  const command = program
    .command('evaluate')
    .description('score the test fold through the ONNX file; write metrics and curves')
    .argument('<model>', 'a folder in models/, such as logistic or one of your own')
  addJsonFlag(command).action(async (kind: string, flags: JsonFlag) => {
    const { evaluate } = await import('../../project/evaluate.ts')
    printResult(flags, await withTracking((context) => evaluate(context, kind)), '')
  })
}
