/** Is a breast tumour malignant? Models of scikit-learn and PyTorch beside one of ours. [Street 1993] */

import { defineProject, defineSchema } from 'ml-pipeline-toolkit'

const shapes = [
  'radius',
  'texture',
  'perimeter',
  'area',
  'smoothness',
  'compactness',
  'concavity',
  'concave_points',
  'symmetry',
  'fractal_dimension',
] as const
const columns = shapes.flatMap(
  (shape) => [`mean_${shape}`, `${shape}_error`, `worst_${shape}`] as const,
)

export default defineProject({
  name: 'breast_cancer',
  schema: defineSchema({
    id: { type: 'integer', min: 1 },
    ...forEach({ type: 'number', min: 0 }),
    malignant: { type: 'boolean' },
  }),
  key: 'id',
  target: 'malignant',
  features: forEach('standardize'),
  sources: [{ kind: 'folder', path: 'data/source', files: ['breast_cancer.csv'] }],
  citation: {
    title: 'Breast Cancer Wisconsin (Diagnostic), UCI Machine Learning Repository',
    url: 'https://doi.org/10.24432/C5DW2B',
    licence: 'CC BY 4.0',
  },
})

function forEach<const T>(value: T): Readonly<Record<(typeof columns)[number], T>> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- fromEntries forgets the names it is given
  return Object.fromEntries(columns.map((name) => [name, value])) as Record<
    (typeof columns)[number],
    T
  >
}
