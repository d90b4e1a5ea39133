import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { optionRows } from '../../docs/options-table.ts'
import { choice, duration, size, whole } from '../../plugins/options/kinds.ts'

function rows(schema: z.ZodObject): { rows: string[][]; missing: string[] } {
  const missing: string[] = []
  return { rows: optionRows(schema.shape, what => void missing.push(what)), missing }
}

describe('the options table of a plugin', () => {
  it('has what an option takes, its default as a user writes it, and what it is', () => {
    const schema = z.strictObject({
      count: whole(1, 10).describe('how many'),
      size: size('1B', '1MiB').describe('how large').prefault('8KiB'),
      order: choice('cycle', 'random').default('cycle').describe('in which order'),
      every: duration('1ms', '1h').optional().describe('how often'),
    })
    expect(rows(schema)).toEqual({
      rows: [
        ['`count`', 'a whole number from 1 to 10', '_required_', 'how many'],
        ['`size`', 'a size from 1B to 1MiB', '`8KiB`', 'how large'],
        ['`order`', 'one of cycle, random', '`cycle`', 'in which order'],
        ['`every`', 'a duration from 1ms to 1h', '', 'how often'],
      ],
      missing: [],
    })
  })

  it('has what is inside of objects, of lists and of several ways to write a value', () => {
    const point = z.strictObject({ at: duration('0s', '1h').describe('when') })
    const schema = z.strictObject({
      open: z
        .strictObject({ for: duration('1ms', '1m').describe('how long') })
        .describe('long ones')
        .optional(),
      points: z.array(point).describe('where it changes').meta({ takes: 'a list of points' }),
      cost: z.union([whole(0, 9), point]).describe('of each'),
      names: z.record(z.string(), whole(0, 9)).describe('by name'),
    })
    expect(rows(schema).rows.map(([path, takes]) => [path, takes])).toEqual([
      ['`open`', 'an object with for'],
      ['`open.for`', 'a duration from 1ms to 1m'],
      ['`points`', 'a list of points'],
      ['`points[].at`', 'a duration from 0s to 1h'],
      ['`cost`', 'a whole number from 0 to 9, or an object with at'],
      ['`cost.at`', 'a duration from 0s to 1h'],
      ['`names`', 'an object; of each: a whole number from 0 to 9'],
    ])
  })

  it('tells of options that say nothing of themselves, and of defaults that are not read', () => {
    const schema = z.strictObject({
      silent: z.number(),
      unread: size('1B', '1MiB')
        .default('8KiB' as never)
        .describe('how large'),
      wrong: whole(1, 10).prefault(11).describe('how many'),
    })
    expect(rows(schema).missing).toEqual([
      'silent: no meta({ takes })',
      'silent: no describe(…)',
      "unread: its default is not read as a user's would be: prefault(…) is",
      "wrong: its default is not read as a user's would be: prefault(…) is",
    ])
  })
})
