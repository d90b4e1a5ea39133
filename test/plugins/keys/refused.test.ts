/** What options of the keys are not, each with its path and its limit. Files have a test of their own. */
import { expect, it } from 'vitest'
import type { Plugin } from '../../../core/plugin.ts'
import { keys } from '../../../plugins/index.ts'
import { faultsOf } from '../draws.ts'

const CARDINALITY = 'a whole number from 1 to 2^53'
const SHARE = "a share from 0 to 1, such as 0.2 or '20%'"
const WEIGHT = "a number from 0 on, such as 70, or a share such as '70%'"
const KEY = '{ key, weight }, the key a text or a whole number'

const refused = (plugin: Plugin, path: string, expected: string) => ({ plugin, path, expected })

it.each([
  refused(keys.random({ cardinality: 0 }), 'random.cardinality', CARDINALITY),
  refused(keys.random({ cardinality: 1.5 }), 'random.cardinality', CARDINALITY),
  refused(keys.random({ cardinality: 2 ** 53 + 2 }), 'random.cardinality', CARDINALITY),
  refused(keys.random({ cardinality: '1k' as never }), 'random.cardinality', CARDINALITY),
  refused(keys.sequential({ cardinality: 0 }), 'sequential.cardinality', CARDINALITY),
  refused(keys.sequential({ from: 5 } as never), 'sequential.from', 'an option of keys.sequential'),
  refused(keys.roundRobin({ cardinality: -1 }), 'roundRobin.cardinality', CARDINALITY),
  refused(keys.hash({ cardinality: Number.NaN }), 'hash.cardinality', CARDINALITY),
  refused(keys.hash({ format: 'base64' as never }), 'hash.format', 'one of digits, hex'),
  refused(keys.zipf({ skew: -0.1 }), 'zipf.skew', 'a number from 0 to 100'),
  refused(keys.zipf({ skew: Number.POSITIVE_INFINITY }), 'zipf.skew', 'a number from 0 to 100'),
  refused(keys.zipf({ cardinality: 0 }), 'zipf.cardinality', CARDINALITY),
  refused(keys.hotSet({ hot: 10, share: 1.2 }), 'hotSet.share', SHARE),
  refused(keys.hotSet({ hot: 10, share: '120%' }), 'hotSet.share', SHARE),
  refused(keys.hotSet({ hot: 0, share: 0.5 }), 'hotSet.hot', CARDINALITY),
  refused(keys.hotSet({ cardinality: 10, hot: 10, share: 0.5 }), 'hotSet.hot', 'less than cardinality'),
  refused(
    keys.movingHot({ cardinality: 10, hot: 11, share: 0.5, every: '1s' }),
    'movingHot.hot',
    'less than cardinality',
  ),
  refused(
    keys.movingHot({ share: 0.5, every: 0 }),
    'movingHot.every',
    "a duration from 1ms to 7d, such as '500ms' or 2 (seconds)",
  ),
  refused(keys.gaussian({ deviation: -1 }), 'gaussian.deviation', 'a number from 0 to 9007199254740992'),
  refused(
    keys.gaussian({ cardinality: 100, deviation: 101 }),
    'gaussian.deviation',
    'at most cardinality: so wide it is uniform, as keys.random is',
  ),
  refused(
    keys.gaussian({ cardinality: 100, mean: 100, deviation: 1 }),
    'gaussian.mean',
    'at most the last key, cardinality − 1',
  ),
  refused(keys.nulls({ share: -0.5 }), 'nulls.share', SHARE),
  refused(keys.nulls({ share: 'half' }), 'nulls.share', SHARE),
  refused(keys.weighted({ keys: {} }), 'weighted.keys', '1 to 1,000,000 keys, not 0'),
  refused(keys.weighted({ keys: [] }), 'weighted.keys', '1 to 1,000,000 keys, not 0'),
  refused(
    keys.weighted({ keys: 'a' as never }),
    'weighted.keys',
    'weights by key, such as { a: 70, b: 30 }, or a list of { key, weight }, at most 1,000,000',
  ),
  refused(keys.weighted({ keys: { a: 1, b: -1 } }), 'weighted.keys.b', WEIGHT),
  refused(keys.weighted({ keys: { a: 'most' } }), 'weighted.keys.a', WEIGHT),
  refused(keys.weighted({ keys: { a: 0, b: 0 } }), 'weighted.keys', 'a weight above 0'),
  refused(
    keys.weighted({ keys: { a: '70%', b: '20%' } }),
    'weighted.keys',
    'shares that add up to 100 %, not to 90 %',
  ),
  refused(
    keys.weighted({ keys: { a: '33.33%', b: '33.33%', c: '33.33%' } }),
    'weighted.keys',
    'shares that add up to 100 %, not to 99.99 %',
  ),
  refused(
    keys.weighted({ keys: { a: '70%', b: 30 } }),
    'weighted.keys.b',
    "a share such as '70%', since others are in percent",
  ),
  refused(
    keys.weighted({
      keys: [
        { key: 'a', weight: 1 },
        { key: 'a', weight: 2 },
      ],
    }),
    'weighted.keys.1',
    'each key once, but a is there twice',
  ),
  refused(keys.weighted({ keys: [{ key: '', weight: 1 }] }), 'weighted.keys.0', KEY),
  refused(keys.weighted({ keys: [{ key: 1.5, weight: 1 }] }), 'weighted.keys.0', KEY),
  refused(keys.weighted({ keys: [{ key: 'a', weight: 1, share: 2 } as never] }), 'weighted.keys.0', KEY),
  refused(keys.weighted({ keys: ['a' as never] }), 'weighted.keys.0', KEY),
  refused(keys.weighted({ keys: [{ key: 'a', weight: 'x' }] }), 'weighted.keys.0.weight', WEIGHT),
])('keys.$path: expected $expected', async ({ plugin, path, expected }) => {
  expect(await faultsOf([plugin])).toEqual([`keys.${path}: expected ${expected}`])
})

it.each([
  ['', "a text of up to 1024 characters with ranges, such as 'user-{0..9999}'"],
  ['x'.repeat(1025), "a text of up to 1024 characters with ranges, such as 'user-{0..9999}'"],
  ['user', 'a range in it, such as user-{0..9999}'],
  ['user-{{0..9}}', 'a range in it, such as user-{0..9999}'],
  ['user-{}', 'a range such as {0..9999} or {0000..9999}, not {}'],
  ['user-{a..f}', 'a range such as {0..9999} or {0000..9999}, not {a..f}'],
  ['user-{-5..5}', 'a range such as {0..9999} or {0000..9999}, not {-5..5}'],
  ['user-{0..9', 'pairs of braces; a brace of the key itself is written {{'],
  ['user-0..9}', 'pairs of braces; a brace of the key itself is written }}'],
  ['user-{9..0}', 'the first number of {9..0} up to the last, and the last below 2^53'],
  [
    'user-{0..9007199254740992}',
    'the first number of {0..9007199254740992} up to the last, and the last below 2^53',
  ],
  ['user-{00..999}', 'as many digits at both ends of {00..999}, since there are leading zeros'],
  ['user-{0..0999}', 'as many digits at both ends of {0..0999}, since there are leading zeros'],
  ['{0..999999999}{0..999999999}', 'at most 2^53 different keys'],
])('a template like %j', async (template, expected) => {
  expect(await faultsOf([keys.template({ template })])).toEqual([
    `keys.template.template: expected ${expected}`,
  ])
})

it('what is missing is told for each option', async () => {
  expect(await faultsOf([keys.movingHot({} as never)])).toEqual([
    `keys.movingHot.share: expected ${SHARE}`,
    "keys.movingHot.every: expected a duration from 1ms to 7d, such as '500ms' or 2 (seconds)",
  ])
})
