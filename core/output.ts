/** Files of a run: below its folder, under a temporary name until they are whole. */
import { once } from 'node:events'
import { createWriteStream, existsSync } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { dirname, isAbsolute, join, normalize } from 'node:path'
import type { Output } from './api.ts'
import { messageOf } from './errors.ts'

/** Not mkdir's `recursive`: below /proc that never ends. */
async function makeFolder(path: string): Promise<void> {
  if (existsSync(path)) return
  await makeFolder(dirname(path))
  await mkdir(path).catch(error => (existsSync(path) ? undefined : Promise.reject(error)))
}

export async function openOutput(folder: string, name: string, checkpoint = false): Promise<Output> {
  if (folder === '') throw new Error("no folder for the run's files: name one with `out`")
  const path = join(folder, name)
  if (isAbsolute(name) || normalize(name).startsWith('..'))
    throw new RangeError(`output ${name}: a name below the run's folder`)
  const place = checkpoint ? path : `${path}.${process.pid}.tmp`
  const cannot = (error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code ?? messageOf(error)
    return new Error(`cannot write to ${folder}: ${code}. Choose another folder with --out`, {
      cause: error,
    })
  }
  const opened = makeFolder(dirname(path)).then(async () => {
    const stream = createWriteStream(place)
    await once(stream, 'open')
    return stream
  })
  const stream = await opened.catch(error => Promise.reject(cannot(error)))
  let failed: Error | undefined
  stream.on('error', error => {
    failed = cannot(error)
  })
  const settled = (act: (done: (error?: Error | null) => void) => void) =>
    new Promise<void>((resolve, reject) => {
      if (failed) return reject(failed)
      act(error => (error || failed ? reject(failed ?? error) : resolve()))
    })
  return {
    write: chunk => settled(done => stream.write(chunk, done)),
    async close() {
      await settled(done => stream.end(() => done()))
      if (!checkpoint) await rename(place, path)
    },
  }
}
