import { ToolkitError } from '../core/errors.ts'
import type { ModelOutput, Predictor } from '../core/predictor.ts'
import type { Project } from './definition/define-project.ts'

/**
 * Checks that a model gives what the project predicts: models of other programs may not.
 *
 * @param place - the model, for messages
 * @throws {ToolkitError} `MODEL_INVALID`
 */
export function checkOutput(
  predictor: Pick<Predictor, 'output'>,
  project: Pick<Project, 'target' | 'output'>,
  place: string,
): void {
  const problem = outputProblem(predictor, project, place)
  if (problem === undefined) return
  throw new ToolkitError('MODEL_INVALID', problem, {
    hint: "train it again, or have 'flavors.mlpt.output' of its MLmodel say what it gives",
  })
}

/** Why a model does not give what the project predicts, in a sentence; undefined when it does. */
export function outputProblem(
  { output }: Pick<Predictor, 'output'>,
  project: Pick<Project, 'target' | 'output'>,
  place: string,
): string | undefined {
  if (isSame(output, project.output)) return undefined
  return `${place} gives ${describe(output)}, but the target '${project.target}' of project.ts asks for ${describe(project.output)}`
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
