/** Every page: files, links and code that it shows are there. */
import { existsSync, globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { headings, pages, read, root } from './read.ts'

it('the README begins with the two commands that set everything up', () => {
  const screen = read('README.md').split('\n').slice(0, 24).join('\n')
  expect(screen).toContain('\nnpm ci && npx loadtest run ')
  expect(screen).toContain('\nnpm ci && npm test ')
})

describe.each(pages)('%s', page => {
  const text = read(page)

  it('names files that are there', () => {
    // where links lead is another check
    const named = [
      ...text
        .replace(/\]\([^)]*\)/g, '')
        .matchAll(/(?<![\w./-])((?:core|plugins|presets|test|docs|\.ci)\/[\w./*-]*)/g),
    ]
    const paths = named.map(([, path = '']) => path.replace(/[./,]$/, ''))
    expect(paths.filter(path => globSync(path, { cwd: root }).length === 0)).toEqual([])
  })

  it('links to pages and headings that are there', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)]*))?\)/g)]
    const dead = links.filter(([, path = '', heading]) => {
      const target = path === '' ? page : join(dirname(page), path)
      if (!existsSync(join(root, target))) return true
      return heading !== undefined && !headings(read(target)).includes(heading)
    })
    expect(dead.map(([link]) => link)).toEqual([])
  })

  it('shows code that stands in docs/examples, where it is compiled and run', () => {
    const even = (code: string) => code.replace(/\s+/g, ' ').trim()
    const examples = globSync('docs/examples/*', { cwd: root }).map(file => even(read(file)))
    const blocks = [...text.matchAll(/^```(?:ts|yaml)\n([\s\S]*?)^```$/gm)].map(([, code = '']) => even(code))
    expect(blocks.filter(code => !examples.some(example => example.includes(code)))).toEqual([])
  })
})
