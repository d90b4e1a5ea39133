import { z } from 'zod'
import { choice, duration, size, text } from '../options/kinds.ts'

export const schema = z.strictObject({
  from: text("the name of a stream of the run or of a topic, such as 'requests'").describe(
    'where requests come: the topic of that stream, or a topic that is there',
  ),
  delay: duration('0s', '1m').describe('from the arrival of a request to its reply').prefault('0s'),
  isolation: choice('read_committed', 'read_uncommitted')
    .describe('isolation level at which requests are read')
    .default('read_uncommitted'),
  hold: size('64KiB', '16GiB')
    .describe('of replies that wait, in all threads; no more requests are read until there is room')
    .prefault('64MiB'),
})
