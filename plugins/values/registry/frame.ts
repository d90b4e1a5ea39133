/** The wire format of schema registries: a zero, the schema's id, what the format has besides, the document. */

const MAGIC = 0
/** Bytes of the zero and of the id. */
export const HEAD_BYTES = 5

export function writeHead(bytes: Buffer, at: number, id: number): void {
  bytes[at] = MAGIC
  bytes.writeUInt32BE(id, at + 1)
}

/** The place of a Protobuf message: its number among those of the file, then among those within that one, and so on. */
export function messageIndexes(path: readonly number[]): Buffer {
  // the first message of a file is so frequent that it has a form of its own
  if (path.length === 1 && path[0] === 0) return Buffer.of(0)
  return Buffer.from([path.length, ...path].flatMap(varint))
}

/** Zigzag: none is negative, so each is doubled. */
function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value * 2
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return [...bytes, rest]
}
