/** Temporary files of the tests, of what they start as well, go into one folder, which ends with them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

let folder: string | undefined

export function setup(): void {
  folder = mkdtempSync(join(tmpdir(), 'kafka-loadtest-'))
  process.env['TMPDIR'] = folder
}

export function teardown(): void {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
}
