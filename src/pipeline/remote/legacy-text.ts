/** DVC 2 hashed text with its line ends made `\n`, piece by piece of 1 MiB. */

const sampleBytes = 512
const mostOddShare = 0.3
const returnByte = 13
const newlineByte = 10

/** The bytes that DVC 2 hashed for a piece of a file. */
export function asLegacyHashed(piece: Uint8Array): Uint8Array {
  return looksLikeText(piece.subarray(0, sampleBytes)) ? withoutReturns(piece) : piece
}

function looksLikeText(sample: Uint8Array): boolean {
  if (sample.includes(0)) return false
  const odd = sample.filter((byte) => !isTextByte(byte)).length
  return odd <= mostOddShare * sample.length
}

/** Printable ASCII and backspace, tab, newline, form feed, carriage return. */
function isTextByte(byte: number): boolean {
  return (byte >= 32 && byte < 127) || [8, 9, 10, 12, 13].includes(byte)
}

function withoutReturns(piece: Uint8Array): Uint8Array {
  return piece.filter((byte, i) => byte !== returnByte || piece[i + 1] !== newlineByte)
}
