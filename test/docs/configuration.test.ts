import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { flagOf, options, variableOf } from '../../core/config/options.ts'
import { durationInUs, rateOf, sizeInBytes } from '../../core/config/units.ts'
import { catalog } from '../../presets/default.ts'
import { read, root } from './read.ts'

const text = read('docs/configuration.md')
const row = (first: string) => text.split('\n').find(line => line.startsWith(`| ${first} `)) ?? ''
const examples = (kind: string) => [...row(kind).matchAll(/`([^`]*\d[^`]*)`/g)].map(([, example]) => example)

it.each(options)('has a row for $path', ({ path }) => {
  expect(row(`\`${path}\``)).not.toBe('')
})

describe('units are read as written', () => {
  it.each([
    ['duration', durationInUs],
    ['size', sizeInBytes],
    ['rate', rateOf],
  ])('%s', (kind, unit) => {
    expect(examples(kind).length).toBeGreaterThan(2)
    expect(examples(kind).filter(example => unit(example) === undefined)).toEqual([])
  })
})

it('names flag and variable of an option as the command line does', () => {
  expect(text).toContain(`\`${flagOf('producer.batchSize')}\``)
  expect(text).toContain(`\`${variableOf('producer.batchSize')}\``)
})

it('names every built-in plugin', () => {
  const others = read('docs/plugins/README.md')
  const isNamed = (name: string) => text.includes(`\`${name}\``) || others.includes(`[${name}](${name}.md)`)
  expect(Object.keys(catalog).filter(name => !isNamed(name))).toEqual([])
})

describe('what the commands print, with the example in YAML', () => {
  const loadtest = (args: readonly string[], env: Record<string, string> = {}) => {
    const argv = [join(root, 'core/cli/loadtest.js'), ...args, '-c', 'loadtest.config.yaml']
    const { stdout } = spawnSync(process.execPath, argv, {
      cwd: join(root, 'docs/examples'),
      encoding: 'utf8',
      env,
    })
    return stdout.trim().split('\n')
  }
  const shown = (command: string) => {
    const [, block = ''] = text.split(`$ ${command}\n`)
    return block.slice(0, block.indexOf('\n```')).split('\n')
  }

  it('config', () => {
    const printed = loadtest(['config', '--rate', '500/s'], { LOADTEST_PRODUCER_LINGER: '2ms' })
    const set = printed.filter(line => !/ default$/.test(line) || line.includes('preset'))
    expect(shown('LOADTEST_PRODUCER_LINGER=2ms loadtest config --rate 500/s')).toEqual(set)
  })
  it('validate', () => {
    expect(shown('loadtest validate')).toEqual(loadtest(['validate']))
  })
})
