/** Reads single files out of a jar: the central directory at the end says where each one is. */
import { readFileSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'

const END_SIGNATURE = 0x06054b50
const END_BYTES = 22
const ENTRY_BYTES = 46
const LOCAL_BYTES = 30

/** The files of a jar by name, each unpacked when it is asked for. */
export function openJar(path: string): ReadonlyMap<string, () => string> {
  const jar = readFileSync(path)
  const end = jar.lastIndexOf(Buffer.from(Uint32Array.of(END_SIGNATURE).buffer))
  if (end < 0 || end + END_BYTES > jar.length) throw new Error(`${path} is not a jar`)
  const files = new Map<string, () => string>()
  let at = jar.readUInt32LE(end + 16)
  for (let left = jar.readUInt16LE(end + 10); left > 0; left--) {
    const [compressed, nameBytes] = [jar.readUInt32LE(at + 20), jar.readUInt16LE(at + 28)]
    const [stored, local] = [jar.readUInt16LE(at + 10) === 0, jar.readUInt32LE(at + 42)]
    const name = jar.toString('utf8', at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes)
    files.set(name, () => {
      const start = local + LOCAL_BYTES + jar.readUInt16LE(local + 26) + jar.readUInt16LE(local + 28)
      const bytes = jar.subarray(start, start + compressed)
      return (stored ? bytes : inflateRawSync(bytes)).toString()
    })
    at += ENTRY_BYTES + nameBytes + jar.readUInt16LE(at + 30) + jar.readUInt16LE(at + 32)
  }
  return files
}
