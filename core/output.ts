/** Files of a run: below its folder, under a temporary name until they are whole. */
import { existsSync } from 'node:fs'
import { appendFile, mkdir, rename, writeFile } from 'node:fs/promises'
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
    throw new Error(`cannot write to ${folder}: ${code}. Choose another folder with --out`, { cause: error })
  }
  let last = makeFolder(dirname(path))
    .then(() => writeFile(place, ''))
    .catch(cannot)
  await last
  // one after the other, whether the last one was waited for or not; after a failure nothing more
  const then = (act: () => Promise<void>) => (last = last.then(() => act().catch(cannot)))
  return {
    write: chunk => then(() => appendFile(place, chunk)),
    close: () => then(async () => (checkpoint ? undefined : rename(place, path))),
  }
}
