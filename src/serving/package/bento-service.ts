/** The Python of a BentoML project: rows typed by the model's schema, scored by onnxruntime. */

import { defaultThreshold } from '../../core/called-class.ts'
import type { ClassOutput, ModelOutput } from '../../core/predictor.ts'
import { isPlainText, type InputField } from '../../core/input-field.ts'
import { isTimeField, largestFloat } from '../../core/schema.ts'
import { defaultMissingText, modelFiles, type ModelManifest } from '../../model/index.ts'
import type { FieldPolicy } from '../../core/field-policy.ts'
import { pythonChecks, pythonTensor, timeChecks } from './bento-functions.ts'
import { fillOf, passesValues, passingConstraints, pythonPolicies } from './bento-policies.ts'
import { nameForTools } from './container-files.ts'
import { textOf } from './python-literal.ts'

/** The class of the service, which `bentofile.yaml` names. */
export const serviceClass = 'ModelService'

/** The module `service.py`. */
export function formatBentoService(manifest: ModelManifest): string {
  const { inputs, policies = {} } = manifest
  const isLenient = Object.keys(policies).length > 0
  const columns = Object.keys(inputs)
  const output = manifest.output ?? { kind: 'probability' }
  return `"""Serves a model with BentoML. Written by mlpt package --bento: the types are the model's schema."""

import datetime
import re
from pathlib import Path
from typing import Annotated
${isLenient ? 'from urllib.parse import quote\n' : ''}
import bentoml
import numpy
import onnxruntime
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

COLUMNS = [
${columns.map((name) => `    ${textOf(name)},`).join('\n')}
]
${output.kind === 'classes' ? formatClasses(output) : ''}

${pythonChecks}
${isLenient ? `\n\n${pythonPolicies}\n` : ''}

class Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

${Object.entries(inputs)
  .map(([name, field], index) =>
    formatField({ name, index }, field, Object.hasOwn(policies, name) ? policies[name] : undefined),
  )
  .join('\n')}


class Prediction(BaseModel):
${formatPredictionFields(output)}


@bentoml.service(name=${textOf(nameForTools(manifest.name))})
class ${serviceClass}:
    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        # One row is too little for several threads.
        options.intra_op_num_threads = 1
        path = Path(__file__).parent / "model" / ${textOf(modelFiles.onnx)}
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        floats = ("tensor(float)", "tensor(double)")
        self.output = next(one.name for one in self.session.get_outputs() if one.type in floats)

    @bentoml.api
    def predict_rows(self, rows: Annotated[list[Row], Field(min_length=1, max_length=10000)]${isLenient ? ', ctx: bentoml.Context' : ''}) -> list[Prediction]:
        cells = [list(row.__dict__.values()) for row in rows]
${isLenient ? '        cells = tell(ctx, cells)\n' : ''}        scores = self.session.run([self.output], self.feed(cells))[0].reshape(len(rows), -1)
        return [describe(score) for score in scores.tolist()]

    def feed(self, cells):
        inputs = self.session.get_inputs()
        if len(inputs) == 1 and len(inputs[0].shape) == 2:
            return {inputs[0].name: tensor(inputs[0], cells)}
        places = {name: i for i, name in enumerate(COLUMNS)}
        return {one.name: tensor(one, [[row[places[one.name]]] for row in cells]) for one in inputs}


${pythonTensor(missingTextOf(manifest))}


def describe(score):
${formatDescribe(output)}
`
}

/** Fields have names of their own, since a column may be called anything; callers use the column's. */
function formatField(
  { name, index }: { readonly name: string; readonly index: number },
  field: InputField,
  policy: FieldPolicy | undefined,
): string {
  const isFilled = policy?.missing === 'impute' && field.nullable !== true
  const constraints =
    policy !== undefined && passesValues(field, policy)
      ? passingConstraints(field, policy)
      : constraintsOf(isFilled ? { ...field, nullable: true } : field)
  const type = `Annotated[${constraints}]`
  const about = field.description === undefined ? '' : `, description=${textOf(field.description)}`
  const label = `alias=${textOf(name)}${about}`
  if (isFilled) {
    const filled = `Field(${label}, validate_default=True), ${fillOf(field, policy)}`
    return `    column_${index}: Annotated[${type} | None, ${filled}] = None`
  }
  return field.nullable === true
    ? `    column_${index}: Annotated[${type} | None, Field(${label})] = None`
    : `    column_${index}: Annotated[${type}, Field(${label})]`
}

function constraintsOf(field: InputField): string {
  if (isTimeField(field)) {
    const [first, last] = [field.min, field.max].map((time) => time && textOf(time))
    return `str, ${timeChecks[field.type]}(${argumentsOf(field, { first, last })})`
  }
  switch (field.type) {
    case 'boolean':
      return 'bool | float, one_of(0, 1)'
    case 'category':
      return `float, one_of(${field.levels.join(', ')})`
    case 'integer':
    case 'number': {
      const limit = field.type === 'integer' ? Number.MAX_SAFE_INTEGER : largestFloat
      const low = Math.max(field.min ?? -limit, -limit)
      const high = Math.min(field.max ?? limit, limit)
      const whole = field.type === 'integer' ? ', multiple_of=1' : ''
      return `float, Field(ge=${low}, le=${high}${whole})`
    }
    case 'text': {
      const levels =
        field.levels && `(${field.levels.map((level) => `${textOf(level)},`).join(' ')})`
      return `str, text(${argumentsOf(field, { longest: field.maxLength, levels })})`
    }
  }
}

/** What a check of texts is called with; without what is not there. */
function argumentsOf(
  { nullable }: InputField,
  named: Readonly<Record<string, string | number | undefined>>,
): string {
  const given = Object.entries(named).filter(([, value]) => value !== undefined)
  const flag = nullable === true ? 'True' : 'False'
  return [flag, ...given.map(([name, value]) => `${name}=${value}`)].join(', ')
}

function formatPredictionFields(output: ModelOutput): string {
  switch (output.kind) {
    case 'probability':
      return '    probability: float\n    prediction: int'
    case 'value':
      return '    prediction: float'
    case 'classes':
      return '    probabilities: dict[str, float]\n    prediction: str | int | float'
  }
}

function formatDescribe(output: ModelOutput): string {
  switch (output.kind) {
    case 'probability':
      // Of one column, or of the second of two: the probability of class 1.
      return `    return Prediction(probability=score[-1], prediction=int(score[-1] >= ${output.threshold ?? defaultThreshold}))`
    case 'value':
      return '    return Prediction(prediction=score[0])'
    case 'classes':
      return [
        output.costs === undefined
          ? '    best = max(range(len(CLASSES)), key=lambda i: score[i])'
          : '    best = min(range(len(CLASSES)), key=lambda j: sum(p * row[j] for p, row in zip(score, COSTS)))',
        '    probabilities = {str(name): p for name, p in zip(CLASSES, score)}',
        '    return Prediction(probabilities=probabilities, prediction=CLASSES[best])',
      ].join('\n')
  }
}

function formatClasses({ classes, costs }: ClassOutput): string {
  const table =
    costs === undefined
      ? ''
      : `# What calling a row of each class each class costs.\nCOSTS = ${JSON.stringify(costs)}\n`
  return `CLASSES = [${classes.map(literalOf).join(', ')}]\n${table}`
}

function literalOf(value: string | number): string {
  return typeof value === 'string' ? textOf(value) : String(value)
}

/** Of a model of ours it is the empty one. */
function missingTextOf({ inputs, missingText = defaultMissingText }: ModelManifest): string {
  return Object.values(inputs).some(isPlainText) ? missingText : ''
}
