/** A literal of Python: JSON's texts are, but for the characters that JSON leaves bare and Python ends a line at. */
export function textOf(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => String.raw`\u` + character.charCodeAt(0).toString(16).padStart(4, '0'),
  )
}
