/** Files of a run: below its folder, under a temporary name until they are whole. */
import { createWriteStream } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { dirname, isAbsolute, join, normalize } from 'node:path'
import type { Output } from './api.ts'

export async function openOutput(folder: string, name: string, checkpoint = false): Promise<Output> {
  const path = join(folder, name)
  if (isAbsolute(name) || normalize(name).startsWith('..'))
    throw new RangeError(`output ${name}: a name below the run's folder`)
  await mkdir(dirname(path), { recursive: true }).catch(error => {
    throw new Error(
      `cannot write to ${folder}: ${(error as NodeJS.ErrnoException).code ?? error}. Choose another folder with --out`,
      {
        cause: error,
      },
    )
  })
  const place = checkpoint ? path : `${path}.${process.pid}.tmp`
  const stream = createWriteStream(place)
  let failed: Error | undefined
  stream.on('error', error => {
    failed = new Error(`cannot write ${place}: ${(error as NodeJS.ErrnoException).code ?? error.message}`, {
      cause: error,
    })
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
