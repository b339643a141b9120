import { ToolkitError } from '../core/errors.ts'
import type { ModelOutput, Predictor } from '../core/predictor.ts'
import type { Project } from './definition/define-project.ts'

/**
 * Checks that a model gives what the project predicts: models of other programs may not, nor a champion that was trained
 * when the target was another.
 *
 * @param place - the model, for messages
 * @throws {ToolkitError} `MODEL_INVALID`
 */
export function checkOutput(
  { output }: Pick<Predictor, 'output'>,
  project: Pick<Project, 'target' | 'output'>,
  place: string,
): void {
  if (isSame(output, project.output)) return
  throw new ToolkitError(
    'MODEL_INVALID',
    `${place} gives ${describe(output)}, but the target '${project.target}' of project.ts asks for ${describe(project.output)}`,
    { hint: "train it again, or have 'flavors.mlpt.output' of its MLmodel say what it gives" },
  )
}

function isSame(output: ModelOutput, asked: ModelOutput): boolean {
  if (output.kind === 'probability' && asked.kind === 'probability') {
    // A model of another program may not say what its class 1 is.
    return String(output.classes ?? asked.classes) === String(asked.classes)
  }
  return JSON.stringify(partsOf(output)) === JSON.stringify(partsOf(asked))
}

function partsOf(output: ModelOutput): readonly unknown[] {
  return output.kind === 'classes' ? [output.kind, ...output.classes] : [output.kind]
}

function describe(output: ModelOutput): string {
  switch (output.kind) {
    case 'probability':
      return `the probability of ${output.classes === undefined ? 'class 1' : `'${output.classes[1]}'`}`
    case 'value':
      return 'a value'
    case 'classes':
      return `probabilities of the classes ${output.classes.slice(0, 20).join(', ')}`
  }
}
