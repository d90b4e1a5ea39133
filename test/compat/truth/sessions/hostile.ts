/** Frames that are none, and requests nobody should send. */
import { framed, frameOf } from '../../../plugins/broker/client.ts'
import { tableOf } from '../kafka-tables.ts'
import type { Session } from '../script.ts'

const int32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

export const sessions: readonly Session[] = [
  {
    name: 'frames that are none',
    needs: [],
    async run(s) {
      const metadata = tableOf('Metadata')
      const good = frameOf(metadata, 12, { topics: [] })
      const changed = (at: number, value: number) => {
        const copy = Buffer.from(good)
        copy.writeInt16BE(value, at)
        return copy
      }
      await s.raw('a negative length', int32(-1))
      await s.raw('a length of 2 GiB', int32(2 ** 31 - 1))
      await s.raw('a length of 105 MB', int32(104_857_601))
      await s.raw('an empty frame', int32(0))
      await s.raw('two bytes', framed(Buffer.alloc(2)))
      await s.raw('an unknown API', changed(4, 999))
      await s.raw('API -1', changed(4, -1))
      await s.raw('a version that is too new', changed(6, 99))
      await s.raw('a version that is too old', frameOf(tableOf('Produce'), 2, {}))
      await s.raw('a version of -1', changed(6, -1))
      await s.raw('cut off', framed(good.subarray(4, good.length - 3)))
      const long = frameOf(metadata, 1, { topics: [{ name: 'x' }] })
      long.writeInt16BE(30_000, long.length - 3)
      await s.raw('a string longer than its frame', long)
      const many = frameOf(metadata, 1, { topics: [] })
      many.writeInt32BE(2 ** 31 - 1, many.length - 4)
      await s.raw('an array longer than its frame', many)
      await s.raw('plain http', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'))
    },
  },
]
