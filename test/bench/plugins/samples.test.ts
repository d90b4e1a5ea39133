import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { mergeConfig } from '../../../core/config/merge.ts'
import { resolveConfig } from '../../../core/config/resolve.ts'
import { trafficPlugins } from '../../../docs/plugin-pages.ts'
import { readCosts } from './costs.ts'
import { configsOf, samples } from './samples.ts'

const measured = Object.keys(samples).filter(name => !('free' in (samples[name] ?? {})))

describe('the bench of plugins', () => {
  it('has a sample for every traffic plugin, and for nothing else', () => {
    expect(Object.keys(samples).sort()).toEqual(['traffic', ...trafficPlugins].sort())
  })

  it.each(measured)('has options that %s takes', async name => {
    const cwd = fileURLToPath(new URL('../../../docs/plugins', import.meta.url))
    const source = { value: configsOf([name]).with, cwd, env: {}, command: 'bench' }
    await expect(resolveConfig(await mergeConfig(source))).resolves.toHaveProperty('streams.0.rate')
  })

  it('has written what each of them costs: npm run bench plugins -- --write', () => {
    expect(Object.keys(readCosts().plugins).sort()).toEqual(measured.sort())
  })
})
