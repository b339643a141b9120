/** What a graph asks for beside its operators that is not run here. Passed over, it would be a wrong number. */

import type { Node, OnnxModel, Tensor } from './graph.ts'

/**
 * Lists versions of operators, attributes and constants that nothing here knows, in words for a message.
 * [ONNX operators 28, ONNX-ML operators 5]
 */
export function listUnknownForms({ opsets, graph }: OnnxModel): readonly string[] {
  const used = new Set(graph.nodes.map(({ domain }) => domain))
  const versions = [...used].flatMap((domain) => {
    const version = opsets.find((opset) => opset.domain === domain)?.version ?? 0
    const isKnown = version >= 1 && version <= (newestVersions[domain] ?? 0)
    return isKnown ? [] : [`version ${version} of the operators ${domain || 'of ONNX'}`]
  })
  return [
    ...new Set([
      ...versions,
      ...graph.nodes.flatMap(listUnknownAttributes),
      ...graph.initializers.filter(hasManyDimensions).map(describeConstant),
    ]),
  ]
}

/** In which nothing that is run here means something else than in those before. */
const newestVersions: Readonly<Record<string, number>> = { '': 28, 'ai.onnx.ml': 5 }

function listUnknownAttributes({ operator, attributes }: Node): readonly string[] {
  const known = knownAttributes[operator] ?? []
  if (known === 'any') return []
  return Object.keys(attributes)
    .filter((name) => !known.includes(name))
    .map((name) => `${operator} with ${name}`)
}

/** None, unless listed; 'any' where whoever runs the operator looks at them. */
const knownAttributes: Readonly<Record<string, readonly string[] | 'any'>> = {
  Cast: ['to'],
  Concat: ['axis'],
  Gather: ['axis'],
  Gemm: 'any',
  LabelEncoder: 'any',
  Softmax: ['axis'],
  TreeEnsembleRegressor: [
    'aggregate_function',
    'base_values',
    'n_targets',
    'nodes_falsenodeids',
    'nodes_featureids',
    'nodes_hitrates',
    'nodes_missing_value_tracks_true',
    'nodes_modes',
    'nodes_nodeids',
    'nodes_treeids',
    'nodes_truenodeids',
    'nodes_values',
    'post_transform',
    'target_ids',
    'target_nodeids',
    'target_treeids',
    'target_weights',
  ],
}

/** What is made of one has as many dimensions, and rows are no longer the first of two. */
function hasManyDimensions({ dimensions }: Tensor): boolean {
  return dimensions.length > 2
}

function describeConstant({ name, dimensions }: Tensor): string {
  return `the constant '${name}' of the shape [${dimensions.slice(0, 10).join(', ')}]`
}
