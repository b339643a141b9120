/** How a score is read: most tests say drift below their threshold, distances from it on. */

export const isBelow = (score: number, threshold: number): boolean => score < threshold
export const isAtMost = (score: number, threshold: number): boolean => score <= threshold
export const isAtLeast = (score: number, threshold: number): boolean => score >= threshold
export const isAbove = (score: number, threshold: number): boolean => score > threshold
