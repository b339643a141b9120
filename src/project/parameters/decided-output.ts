/** What is called of probabilities: params.yaml says it, models carry it, servers go by it. */

import { defaultThreshold } from '../../core/called-class.ts'
import { ToolkitError } from '../../core/errors.ts'
import type { ModelOutput, Predictor } from '../../core/predictor.ts'
import { classCostsOf } from './class-costs.ts'
import type { Parameters } from './parameters.ts'

type Evaluate = Pick<Parameters['evaluate'], 'threshold' | 'costs'>

/** What models of a project give, and what is called of it by `evaluate.threshold` or `evaluate.costs`. */
export function decidedOutput(output: ModelOutput, evaluate: Evaluate): ModelOutput {
  if (output.kind === 'probability') {
    const { threshold } = evaluate
    return threshold === defaultThreshold ? output : { ...output, threshold }
  }
  const costs = classCostsOf(evaluate.costs, output)
  return output.kind === 'classes' && costs !== undefined ? { ...output, costs } : output
}

/**
 * Checks that a model calls classes as it is measured: what a gate lets through is what a server answers.
 *
 * @param place - the model, for messages
 * @throws {ToolkitError} `MODEL_INVALID`
 */
export function checkDecision(
  { output }: Pick<Predictor, 'output'>,
  { evaluate, place }: { readonly evaluate: Evaluate; readonly place: string },
): void {
  const [own, asked] = [describeDecision(output), describeDecision(decidedOutput(output, evaluate))]
  if (own.decision === asked.decision) return
  throw new ToolkitError(
    'MODEL_INVALID',
    `${place} calls ${own.decision}, but by params.yaml it is ${asked.decision}`,
    {
      hint: `train it again, with '${asked.parameter}' among the 'params' of its stage in dvc.yaml; of another program's model, have 'flavors.mlpt.output' of its MLmodel say it`,
    },
  )
}

/** What is called, in words, and the parameter that says so. */
function describeDecision(output: ModelOutput): {
  readonly decision: string
  readonly parameter: string
} {
  switch (output.kind) {
    case 'probability': {
      const { threshold = defaultThreshold } = output
      const decision = `class 1 from a probability of ${threshold} on`
      return { decision, parameter: 'evaluate.threshold' }
    }
    case 'value':
      return { decision: 'nothing', parameter: '' }
    case 'classes': {
      const { costs } = output
      const decision =
        costs === undefined ? 'the likeliest class' : `by the costs ${JSON.stringify(costs)}`
      return { decision, parameter: 'evaluate.costs' }
    }
  }
}
