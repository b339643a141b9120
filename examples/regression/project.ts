/** How many minutes does a delivery take? A target that is a number, of rows that do not all count alike. */

import { defineProject, defineSchema } from 'ml-pipeline-toolkit'

export default defineProject({
  name: 'deliveries',
  schema: defineSchema({
    id: { type: 'integer', min: 1 },
    distance_km: { type: 'number', min: 0, max: 20 },
    parcels: { type: 'integer', min: 1, max: 6 },
    hour: { type: 'integer', min: 0, max: 23 },
    vehicle: { type: 'category', levels: [0, 1, 2], description: '0 bicycle, 1 van, 2 car' },
    is_holiday: { type: 'boolean' },
    minutes: { type: 'number', min: 1 },
    counts_as: { type: 'number', min: 0, description: 'how often the route was driven' },
  }),
  key: 'id',
  target: 'minutes',
  weight: 'counts_as',
  features: {
    distance_km: 'standardize',
    parcels: 'standardize',
    hour: 'standardize',
    vehicle: 'one-hot',
    is_holiday: 'as-is',
  },
  monotone: { distance_km: 'increasing' },
  sources: [{ kind: 'folder', path: 'data/source', files: ['deliveries.csv'] }],
  citation: {
    title: 'Deliveries, made by write_data.js',
    url: 'https://example.com/deliveries',
    licence: 'CC0-1.0',
  },
})
