import { describe, expect, it } from 'vitest'
import { PluginError } from '../../core/errors.ts'
import { createRunHooks, createStreamHooks, type RunHooks, type StreamHooks } from '../../core/hooks.ts'
import { tapsOf } from '../../core/tap.ts'

function stream(plugin = 'acme', sealed = () => false) {
  const fired = createStreamHooks()
  const context = { plugin, sealed, deadline: () => 1000 }
  return { fired, taps: tapsOf<StreamHooks>(fired as never, context) }
}
const draft = {} as never

describe('hooks as authors see them', () => {
  it('can be tapped and nothing else', () => {
    const { taps } = stream()
    expect(Object.isFrozen(taps)).toBe(true)
    for (const hook of Object.values(taps)) {
      expect(Object.keys(hook)).toEqual(['tap'])
      expect(Object.isFrozen(hook)).toBe(true)
    }
  })

  it('are sealed before traffic', () => {
    const { taps } = stream('late', () => true)
    expect(() => taps.onAck.tap(() => undefined)).toThrow(/plugin late failed in onAck: hooks are sealed/)
  })

  it('take functions', () => {
    const { taps } = stream()
    expect(() => taps.onAck.tap('x' as never)).toThrow(/acme failed in onAck: tap\(\) takes a function/)
  })

  it('run in the order of plugins, first and last aside', () => {
    const { fired, taps } = stream()
    const order: string[] = []
    taps.onAck.tap(() => void order.push('last'), { order: 'last' })
    taps.onAck.tap(() => void order.push('a'))
    taps.onAck.tap(() => void order.push('first'), { order: 'first' })
    taps.onAck.tap(() => void order.push('b'))
    fired.onAck.call({} as never)
    expect(order).toEqual(['first', 'a', 'b', 'last'])
  })
})

describe('answers', () => {
  it('of a waterfall go on to the next tap, nothing keeps the last one', () => {
    const { fired, taps } = stream()
    taps.keyFor.tap(() => 'a')
    taps.keyFor.tap(() => undefined)
    taps.keyFor.tap(key => `${String(key)}b`)
    expect(fired.keyFor.call(null, draft)).toBe('ab')
    taps.keyFor.tap(() => null)
    expect(fired.keyFor.call(null, draft)).toBeNull()
  })

  it('of beforeSend are false or none', () => {
    const { fired, taps } = stream()
    taps.beforeSend.tap((() => true) as never)
    expect(fired.beforeSend.call(draft)).toBeUndefined()
    taps.beforeSend.tap(() => false)
    expect(fired.beforeSend.call(draft)).toBe(false)
  })

  it.each([1.5, '8KiB', Number.NaN])('of sizeFor are whole numbers, not %s', answer => {
    const { fired, taps } = stream()
    taps.sizeFor.tap((() => answer) as never)
    expect(() => fired.sizeFor.call(100, draft)).toThrow(
      /acme failed in sizeFor: answered .*, expected a whole number/,
    )
  })

  it.each([true, 1.5, {}, []])('of keyFor are keys, not %j', answer => {
    const { fired, taps } = stream()
    taps.keyFor.tap((() => answer) as never)
    expect(() => fired.keyFor.call(null, draft)).toThrow(
      /acme failed in keyFor: answered .*, expected a text, a whole/,
    )
  })

  it('that are promises are refused by synchronous hooks', () => {
    const { fired, taps } = stream()
    for (const name of [
      'keyFor',
      'sizeFor',
      'beforeSend',
      'onAck',
      'onRecord',
      'schedule',
      'pollFor',
    ] as const) {
      taps[name].tap((async () => undefined) as never)
      expect(() => (fired[name] as { call(...a: unknown[]): unknown }).call({}, {})).toThrow(
        new RegExp(`acme failed in ${name}: answered with a promise`),
      )
    }
  })
})

describe('errors', () => {
  it('name the plugin and the hook, with the cause', () => {
    const { fired, taps } = stream()
    const cause = new RangeError('no tenant')
    taps.keyFor.tap(() => {
      throw cause
    })
    const error = thrown(() => fired.keyFor.call(null, draft))
    expect(error).toBeInstanceOf(PluginError)
    expect(error).toMatchObject({ plugin: 'acme', hook: 'keyFor', cause })
  })

  it('of async taps do too, and one that never settles is named after its deadline', async () => {
    const fired = createRunHooks()
    const taps = tapsOf<RunHooks>(fired as never, { plugin: 'slow', sealed: () => false, deadline: () => 5 })
    taps.setup.tap(() => new Promise(() => undefined))
    await expect(fired.setup.promise({ brokers: [] })).rejects.toThrow(
      /plugin slow failed in setup: did not settle within 0.005 s/,
    )
    taps.prepare.tap(async () => {
      throw new Error('no licence')
    })
    await expect(fired.prepare.promise({ brokers: [] })).rejects.toThrow(
      /plugin slow failed in prepare: no licence/,
    )
  })
})

function thrown(fn: () => unknown): unknown {
  try {
    fn()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
