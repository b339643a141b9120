/** Parts of protobuf messages by the numbers of their fields. */

import { bytesOf, readFields, type ProtobufField } from './protobuf-reader.ts'

/** The fields of a message by their numbers. @throws {ToolkitError} `MODEL_INVALID` for damaged bytes */
export function groupFields(bytes: Uint8Array): Map<number, ProtobufField[]> {
  return Map.groupBy(readFields(bytes), (field) => field.number)
}

/** The message in a field, of several the last; one without fields where there is none. */
export function message(
  fields: ReadonlyMap<number, ProtobufField[]>,
  number: number,
): Map<number, ProtobufField[]> {
  const field = fields.get(number)?.at(-1)
  return field === undefined ? new Map() : groupFields(bytesOf(field))
}

/** The number in a field, of several the last. */
export function integer(
  fields: ReadonlyMap<number, ProtobufField[]>,
  number: number,
): number | undefined {
  const field = fields.get(number)?.at(-1)
  return field?.kind === 'varint' ? field.value : undefined
}

/** The text in a field, of several the last. */
export function text(
  fields: ReadonlyMap<number, ProtobufField[]>,
  number: number,
): string | undefined {
  const field = fields.get(number)?.at(-1)
  return field === undefined ? undefined : toText(field)
}

/** The bytes of a field as UTF-8. */
export function toText(field: ProtobufField): string {
  const bytes = bytesOf(field)
  // Most are short words of ASCII, such as the mode of a node of a tree.
  if (bytes.length <= 16 && bytes.every((byte) => byte < 0x80)) return String.fromCharCode(...bytes)
  return textDecoder.decode(bytes)
}

/** A text may begin with U+FEFF, which is a mark of the encoding in files only. */
const textDecoder = new TextDecoder('utf-8', { ignoreBOM: true })
