import { z } from 'zod'
import { duration, text } from '../options/kinds.ts'

export const schema = z.strictObject({
  from: text("the name of a stream of the run or of a topic, such as 'requests'").describe(
    'where requests come: the topic of that stream, or a topic that is there',
  ),
  delay: duration('0s', '1m').describe('from the arrival of a request to its reply').prefault('0s'),
})
