/** Secrets: read from where they are each time they are needed, so that a new one counts from the next connection on. */
import { readFile } from 'node:fs/promises'
import type { Secret } from '../../../core/plugin.ts'

/** A file's last line ending is not part of it. @throws Error that says where it was looked for, when there is none. */
export async function readSecret(secret: Secret): Promise<string> {
  const [text, where] =
    'env' in secret
      ? [process.env[secret.env], `the environment variable ${secret.env}`]
      : [await readFile(secret.file, 'utf8').catch(() => undefined), `the file ${secret.file}`]
  const value = text?.replace(/\r?\n$/, '')
  if (value === undefined || value === '') throw new Error(`there is no secret in ${where}`)
  return value
}
