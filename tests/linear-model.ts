import { createGraphBuilder, encodeModel, writeModelFolder } from '../src/model/index.ts'

/** 0.5 + 0.25 · a − 0.5 · b, and the example a = 3, b = 2. */
export async function writeLinearModel(folder: string): Promise<void> {
  const graph = createGraphBuilder('linear', 2)
  const weights = graph.floats([0.25, -0.5], [2, 1])
  const output = graph.apply('Gemm', [graph.input, weights, graph.floats([0.5], [1])])
  const manifest = {
    name: 'credit',
    kind: 'linear',
    inputs: { a: { type: 'number' }, b: { type: 'number' } },
    target: 'y',
    example: { a: 3, b: 2 },
  } as const
  await writeModelFolder(folder, manifest, encodeModel(graph.finish(output)))
}
