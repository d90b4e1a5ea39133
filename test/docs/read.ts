import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))
/** Paths of all that a reader sees, from the root. */
export const pages = ['README.md', 'AGENTS.md', ...globSync('docs/*.md', { cwd: root })]

export function read(page: string): string {
  return readFileSync(join(root, page), 'utf8')
}

/** Headings as links name them. */
export function headings(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  )
}
