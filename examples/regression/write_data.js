/** Stage: a table of deliveries that never were, the same on every machine. It only adds and multiplies, so that all bits are equal. */

import { mkdirSync, writeFileSync } from 'node:fs'

const rows = 1500
let state = 20_260_101

/** A number from 0 to 1 [Park & Miller 1988]. */
function draw() {
  state = (state * 48_271) % 2_147_483_647
  return state / 2_147_483_647
}

/** About normal, by the sum of twelve. */
function drawNoise() {
  let sum = -6
  for (let i = 0; i < 12; i++) sum += draw()
  return sum
}

const header = 'id,distance_km,parcels,hour,vehicle,is_holiday,minutes,counts_as'
const lines = [header]
for (let id = 1; id <= rows; id++) {
  const distance = Math.round(10 * (0.5 + 14.5 * draw() * draw())) / 10
  const parcels = 1 + Math.floor(6 * draw() * draw())
  const hour = 7 + Math.floor(14 * draw())
  const vehicle = Math.floor(3 * draw())
  const isHoliday = draw() < 0.08
  const isRush = hour === 8 || hour === 9 || hour === 17 || hour === 18
  const perKilometre = [4.5, 2.4, 2.0][vehicle] * (vehicle > 0 && isRush ? 1.6 : 1)
  const minutes =
    6 + distance * perKilometre + 1.5 * parcels - (isHoliday ? 3 : 0) + 2.5 * drawNoise()
  // Routes that were driven three times have one row.
  const counts = draw() < 0.2 ? 3 : 1
  const cells = [
    id,
    distance,
    parcels,
    hour,
    vehicle,
    Number(isHoliday),
    Math.max(1, Math.round(10 * minutes) / 10),
    counts,
  ]
  lines.push(cells.join(','))
}
mkdirSync('data/source', { recursive: true })
writeFileSync('data/source/deliveries.csv', `${lines.join('\n')}\n`)
