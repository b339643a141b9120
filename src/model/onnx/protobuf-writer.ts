/**
 * Writes protobuf's wire format: the few kinds of field ONNX needs. Own code
 * because the alternatives weigh megabytes and write larger files (docs/decisions/0005).
 */
export class ProtobufWriter {
  #bytes = new Uint8Array(256)
  #length = 0

  /** Field of type int32, int64 or an enum; `value` is a safe integer, negative ones take ten bytes. */
  writeInteger(field: number, value: number): void {
    this.#writeTag(field, 0)
    this.#writeVarint(value)
  }

  writeFloat(field: number, value: number): void {
    this.#writeTag(field, 5)
    this.#append(packFloats([value]))
  }

  writeText(field: number, text: string): void {
    this.#writeBytes(field, new TextEncoder().encode(text))
  }

  writeMessage(field: number, message: ProtobufWriter): void {
    this.#writeBytes(field, message.finish())
  }

  /** Packed; an empty list writes nothing. */
  writeFloats(field: number, values: readonly number[]): void {
    if (values.length > 0) this.#writeBytes(field, packFloats(values))
  }

  /** Packed; an empty list writes nothing. */
  writeDoubles(field: number, values: readonly number[]): void {
    if (values.length === 0) return
    const view = new DataView(new ArrayBuffer(values.length * 8))
    values.forEach((value, i) => view.setFloat64(i * 8, value, true))
    this.#writeBytes(field, new Uint8Array(view.buffer))
  }

  /** Packed; an empty list writes nothing. */
  writeIntegers(field: number, values: readonly number[]): void {
    if (values.length === 0) return
    const packed = new ProtobufWriter()
    for (const value of values) packed.#writeVarint(value)
    this.writeMessage(field, packed)
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  #writeTag(field: number, wireType: number): void {
    this.#writeVarint(field * 8 + wireType)
  }

  #writeVarint(value: number): void {
    let rest = BigInt.asUintN(64, BigInt(value))
    while (rest > 0x7fn) {
      this.#append(Uint8Array.of(Number(rest & 0x7fn) | 0x80))
      rest >>= 7n
    }
    this.#append(Uint8Array.of(Number(rest)))
  }

  #writeBytes(field: number, bytes: Uint8Array): void {
    this.#writeTag(field, 2)
    this.#writeVarint(bytes.length)
    this.#append(bytes)
  }

  #append(bytes: Uint8Array): void {
    const needed = this.#length + bytes.length
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    this.#bytes.set(bytes, this.#length)
    this.#length = needed
  }
}

/** Little-endian whatever the machine's own order is. */
function packFloats(values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4))
  values.forEach((value, i) => view.setFloat32(i * 4, value, true))
  return new Uint8Array(view.buffer)
}
