import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { describeOrigin } from '../../../core/config/origin.ts'

/** What is said of a path in a file of that name and text. */
function origins(name: string, text: string, paths: readonly string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'loadtest-origin-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, name), text)
  const url = pathToFileURL(join(folder, name)).href
  return paths.map(path => describeOrigin({ label: 'file', url }, path).replace('file', ''))
}

it('in YAML: keys, lists, keys with dots, and the nearest there is', () => {
  const text = `# of the team
rate:
  - { rate: 1k/s, for: 10s }
  - rate: 2k/s
    for: 20s
thresholds:
  response.p99: < 20ms
plugins: [keys.sequential,
  [keys.random, { cardinality: 5 }]]
`
  const paths = ['rate', 'rate.0.for', 'rate.1.rate', 'rate.1.for', 'thresholds.response.p99']
  expect(origins('c.yaml', text, paths)).toEqual([':2', ':3', ':4', ':5', ':7'])
  expect(origins('c.yaml', text, ['plugins.0', 'plugins.1.1.cardinality', 'rate.1.ramp', 'size'])).toEqual([
    ':8',
    ':9',
    ':4',
    '',
  ])
})

it('in JSON and in package.json', () => {
  const text = '{\n  "loadtest": {\n    "topic": {\n      "name": 5 }\n  },\n  "topic": 1\n}\n'
  expect(origins('c.json', text, ['topic', 'loadtest.topic.name'])).toEqual([':6', ':4'])
  expect(origins('package.json', text, ['topic', 'topic.name'])).toEqual([':3', ':4'])
})

it('in a module: a key that is written once, alone or with what is before it', () => {
  const text = `export default {
  rate: 'fast',
  producer: { linger: 'soon' },
  plugins: [
    5,
  ],
  thresholds: {
    'response.p99': '< 20',
    'service.p99': '< 20',
  },
  streams: { a: { size: 1 }, b: { size: 2 } },
}
`
  const paths = ['rate', 'producer.linger', 'plugins.0', 'thresholds.response.p99', 'thresholds.service.p99']
  expect(origins('c.ts', text, paths)).toEqual([':2', ':3', ':4', ':8', ':9'])
  // written twice, or not at all: no line is better than a wrong one
  expect(origins('c.ts', text, ['streams.a.size', 'duration'])).toEqual(['', ''])
})

it('without a file, or when it is gone: the label alone', () => {
  expect(describeOrigin({ label: '--rate' }, 'rate')).toBe('--rate')
  expect(describeOrigin({ label: 'gone.json', url: 'file:///nowhere/gone.json' }, 'rate')).toBe('gone.json')
})
