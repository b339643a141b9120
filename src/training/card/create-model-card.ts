import { listLimits } from './card-limits.ts'
import type { CardParts, ModelCard } from './model-card.ts'

/** Makes a card of its parts, with what follows from them. */
export function createModelCard(parts: CardParts): ModelCard {
  return { format: 1, ...parts, limits: listLimits(parts) }
}
