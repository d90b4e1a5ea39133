/** The pages of the traffic plugins: each has one, what it shows is what the code says, and its example runs. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import {
  exampleOf,
  pageOf,
  pages,
  placeExamples,
  trafficPages,
  trafficPlugins,
} from '../../docs/plugin-pages.ts'
import { startBroker } from '../../plugins/index.ts'
import { loadtest, resultIn } from '../e2e/cli.ts'
import { startRegistry } from '../plugins/values/registry.ts'
import { headings, read, root } from './read.ts'

it('every traffic plugin of the catalog has a page, and nothing else has', () => {
  expect(trafficPages).toEqual([...trafficPlugins].sort())
})

it('pages have the options, plans and costs that the code has: node docs/generate.ts writes them', () => {
  const { status, stderr } = spawnSync(process.execPath, ['docs/generate.ts', '--check'], {
    cwd: root,
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  expect(status).toBe(0)
})

describe.each([...pages, 'README'])('docs/plugins/%s.md', name => {
  const text = pageOf(name)

  it('links to pages and headings that are there', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)]*))?\)/g)]
    const dead = links.filter(([, path = '', heading]) => {
      const target = path === '' ? `docs/plugins/${name}.md` : join('docs/plugins', path)
      if (!existsSync(join(root, target))) return true
      return heading !== undefined && !headings(read(target)).includes(heading)
    })
    expect(dead.map(([link]) => link)).toEqual([])
  })

  const title = name === 'README' ? 'Traffic plugins' : name
  it('has its name for a title, and says first what it is for', () => {
    expect(text).toMatch(new RegExp(`^# ${title.replaceAll('.', '\\.')}\n\n[A-Z]`))
  })
})

describe.concurrent('the example', () => {
  let folder: string
  let files: Map<string, string>
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'loadtest-plugins-'))
    files = placeExamples(trafficPages, folder)
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it.for(trafficPages)('%s runs, at a small rate for a moment', async (name, { expect, onTestFinished }) => {
    // a topic of one name belongs to one of them at a time
    const broker = await startBroker({ port: 0 })
    onTestFinished(() => broker.close())
    await withRegistry(join(folder, files.get(name) as string), onTestFinished)
    const out = join(folder, name)
    const small = ['--warmup', '0s', '--duration', '1500ms', '--threads', '1', '--allow-tainted']
    const args = ['run', '-c', files.get(name) as string, '--brokers', broker.address, '--out', out]
    const { exitCode, stdout, stderr } = await loadtest([...args, ...small, ...slow(name)], { cwd: folder })
    const { streams: all = {}, thresholds = [] } = resultIn(out) ?? {}
    // thresholds are for the whole of the example's time
    const judged = thresholds.some(threshold => !threshold.ok)
    expect(exitCode, stdout + stderr).toBe(judged ? 99 : 0)
    const streams = Object.entries(all)
    for (const [stream, { identity }] of streams) expect(identity, stream).toMatchObject({ holds: true })
    const scheduled = streams.map(([, { phases }]) => phases.measure.counts.scheduled)
    expect(Math.max(...scheduled)).toBeGreaterThan(0)
  })
})

/** An example that asks a schema registry asks a double of one. */
async function withRegistry(file: string, onTestFinished: (fn: () => Promise<void>) => void): Promise<void> {
  const text = readFileSync(file, 'utf8')
  if (!text.includes(REGISTRY)) return
  const double = await startRegistry()
  onTestFinished(() => double.close())
  writeFileSync(file, text.replace(REGISTRY, double.url))
}
const REGISTRY = 'http://127.0.0.1:8081'

/** Flags for a rate that many runs beside each other can have; a stream has its own where the example gives it one. */
function slow(name: string): string[] {
  const { code, ending } = exampleOf(name)
  const [, inner = ''] = /^ {2}streams: \{\n([\s\S]*?)^ {2}\}/m.exec(code) ?? []
  const streams: [name: string, rate: string][] =
    ending === 'ts'
      ? [...inner.matchAll(/^ {4}(\w[\w-]*): \{([\s\S]*?)(?=^ {4}\w|(?![\s\S]))/gm)].map(
          ([, stream = '', text = '']) => [stream, /rate: '([^']*)'/.exec(text)?.[1] ?? ''],
        )
      : Object.entries((parse(code) as { streams?: Record<string, { rate?: string }> }).streams ?? {}).map(
          ([stream, { rate = '' }]) => [stream, String(rate)],
        )
  // what is fed is as slow as what feeds it
  const given = streams.filter(([, rate]) => rate !== 'fed')
  return ['--rate', '1k/s', ...given.flatMap(([stream]) => [`--streams.${stream}.rate`, '1k/s'])]
}
