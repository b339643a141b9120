import { stringify } from 'yaml'
import type { FieldPolicies } from '../core/field-policy.ts'
import { outputWidth, type ModelOutput } from '../core/predictor.ts'
import type { ContributionMeans } from './explain/compile-explainer.ts'
import { encodeInput, type InputField, type InputFields } from '../core/input-field.ts'
import { isTimeField } from '../core/schema.ts'

/** What a model folder says of itself; everything but the ONNX bytes. */
export interface ModelManifest {
  /** The registered model's name. */
  readonly name: string
  /** The estimator: 'logistic', 'boosting'. */
  readonly kind: string
  /** The raw columns the model takes, in the graph's order. */
  readonly inputs: InputFields
  readonly target: string
  /** What the model gives; the probability of class 1 when absent. */
  readonly output?: ModelOutput
  /** What a server does with values that `inputs` do not admit; it refuses them when absent. */
  readonly policies?: FieldPolicies | undefined
  /** A row that the model accepts, by column. */
  readonly example: Readonly<Record<string, number | string | null>>
  /** Of a linear model: the mean of what each column adds over the training rows, from which explanations tell. */
  readonly contributionMeans?: ContributionMeans | undefined
  /** Of a model that takes texts themselves: what it is given for a missing one, {@link defaultMissingText} when absent. */
  readonly missingText?: string
}

/** What skl2onnx writes of the NaN that pandas has in place of a missing text. */
export const defaultMissingText = 'nan'

/** File names inside a model folder: MLflow's own. */
export const modelFiles = {
  manifest: 'MLmodel',
  onnx: 'model.onnx',
  requirements: 'requirements.txt',
  conda: 'conda.yaml',
  pythonEnvironment: 'python_env.yaml',
  inputExample: 'input_example.json',
  servingExample: 'serving_input_example.json',
} as const

/**
 * The files of a model folder that Python's mlflow loads and our server serves.
 * They hold no time stamp, run id or version of this machine: the same model
 * gives the same bytes. [MLflow model format; reference/mlflow §11]
 */
export function formatModelFolder(
  manifest: ModelManifest,
  onnx: Uint8Array,
): Map<string, string | Uint8Array> {
  const example = exampleFrame(manifest)
  return new Map<string, string | Uint8Array>([
    [modelFiles.manifest, formatManifest(manifest)],
    [modelFiles.onnx, onnx],
    [modelFiles.requirements, `${pythonRequirements.join('\n')}\n`],
    [modelFiles.conda, condaEnvironment()],
    [modelFiles.pythonEnvironment, pythonEnvironment()],
    [modelFiles.inputExample, `${JSON.stringify(example)}\n`],
    [modelFiles.servingExample, `${JSON.stringify({ dataframe_split: example })}\n`],
  ])
}

const pythonRequirements = ['mlflow>=2.10', 'onnx>=1.14', 'onnxruntime>=1.14', 'numpy', 'pandas']
const pythonVersion = '3.11'

function isDefault(output: ModelOutput): boolean {
  if (output.kind !== 'probability') return false
  return output.classes === undefined && output.threshold === undefined
}

function formatManifest(manifest: ModelManifest): string {
  const columns = Object.entries(manifest.inputs).map(([name, field]) => ({
    // 'double' is the one type that MLflow converts every number to, whatever the frame holds.
    type: field.type === 'text' ? 'string' : 'double',
    name,
    required: field.nullable !== true,
  }))
  const { output } = manifest
  const width = output === undefined ? 1 : outputWidth(output)
  const outputs = [{ type: 'tensor', 'tensor-spec': { dtype: 'float32', shape: [-1, width] } }]
  return stringify(
    {
      artifact_path: 'model',
      flavors: {
        onnx: {
          data: modelFiles.onnx,
          onnx_version: '1.14.0',
          providers: ['CPUExecutionProvider'],
          onnx_session_options: null,
          code: null,
        },
        python_function: {
          loader_module: 'mlflow.onnx',
          data: modelFiles.onnx,
          python_version: pythonVersion,
          env: { conda: modelFiles.conda, virtualenv: modelFiles.pythonEnvironment },
        },
        mlpt: {
          name: manifest.name,
          kind: manifest.kind,
          target: manifest.target,
          // Left out where it is the default, so that folders of earlier versions are the same, byte for byte.
          ...(output !== undefined && !isDefault(output) && { output }),
          inputs: manifest.inputs,
          ...(manifest.policies && { policies: manifest.policies }),
          example: manifest.example,
          ...(manifest.contributionMeans && { contribution_means: manifest.contributionMeans }),
        },
      },
      saved_input_example_info: {
        artifact_path: modelFiles.inputExample,
        serving_input_path: modelFiles.servingExample,
        type: 'dataframe',
        pandas_orient: 'split',
      },
      signature: {
        inputs: JSON.stringify(columns),
        outputs: JSON.stringify(outputs),
        params: null,
      },
    },
    // No anchors: readers here and elsewhere may refuse aliases. MLflow's reader is of YAML 1.1, to which a bare No is false and a bare day a date.
    { lineWidth: 0, aliasDuplicateObjects: false, compat: 'yaml-1.1' },
  )
}

function exampleFrame({ inputs, example }: ModelManifest): {
  columns: string[]
  data: unknown[][]
} {
  const columns = Object.keys(inputs)
  return { columns, data: [columns.map((name) => graphCell(inputs[name]!, example[name] ?? null))] }
}

/** The cell as the graph takes it: a date as days, a moment as milliseconds. */
function graphCell(field: InputField, cell: number | string | null): number | string | null {
  return isTimeField(field) && cell !== null ? (encodeInput(field, cell) ?? null) : cell
}

function condaEnvironment(): string {
  return stringify({
    name: 'mlflow-env',
    channels: ['conda-forge'],
    dependencies: [`python=${pythonVersion}`, 'pip', { pip: pythonRequirements }],
  })
}

function pythonEnvironment(): string {
  return stringify({
    python: pythonVersion,
    build_dependencies: ['pip', 'setuptools', 'wheel'],
    dependencies: [`-r ${modelFiles.requirements}`],
  })
}
