import { expect, it } from 'vitest'
import { createRunHooks, createStreamHooks } from '../../core/hooks.ts'
import { read } from './read.ts'

const kinds: Readonly<Record<string, string>> = {
  SyncWaterfallHook: 'waterfall',
  SyncBailHook: 'bail',
  SyncHook: 'sync',
  AsyncSeriesHook: 'series',
  AsyncSeriesBailHook: 'bail',
  AsyncParallelHook: 'parallel',
}
const hooks = Object.entries({ ...createStreamHooks(), ...createRunHooks() })
const rows = new Map(
  [...read('docs/hooks.md').matchAll(/^\| `(\w+)` +\| (\w+) +\|/gm)].map(([, hook, kind]) => [hook, kind]),
)

it.each(hooks)('docs/hooks.md has a row for %s, with its kind', (name, hook) => {
  expect(rows.get(name)).toBe(kinds[hook.constructor.name])
})

it('docs/hooks.md has no row for a hook that is not there', () => {
  expect([...rows.keys()].sort()).toEqual(hooks.map(([name]) => name).sort())
})
