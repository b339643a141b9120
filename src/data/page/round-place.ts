/** A place in a picture to a tenth, which is finer than anybody sees. */
export function roundPlace(value: number): number {
  return Math.round(value * 10) / 10
}
