import { z } from 'zod'
import { STAMP_HEADER } from '../../core/plugin.ts'
import { choice, duration, text } from '../options/kinds.ts'

const headerName = (example: string) =>
  text(`the name of a header, such as '${example}'`).refine(name => name !== STAMP_HEADER, {
    message: `expected another name than ${STAMP_HEADER}, which is the header of the engine's own stamp`,
  })

export const schema = z
  .strictObject({
    replies: text("the name of a stream of the run or of a topic, such as 'replies'").describe(
      'where replies come: the topic of that stream, or a topic that is there',
    ),
    correlate: choice('header', 'key')
      .describe('what the responder sends back as it came: a header of the request, or its key')
      .default('header'),
    header: headerName('correlation-id').describe('that names the request; none: correlation-id').optional(),
    replyTo: headerName('kafka_replyTopic')
      .describe('that tells the responder the topic of replies; none: it knows')
      .optional(),
    isolation: choice('read_committed', 'read_uncommitted')
      .describe('isolation level at which replies are read')
      .default('read_uncommitted'),
    timeout: duration('1ms', '1h')
      .describe('after which a reply is late; at the end of the run they are waited for as long')
      .prefault('5s'),
  })
  .refine(o => o.correlate === 'header' || o.header === undefined, {
    message: 'expected to be left out, since correlate is key',
    path: ['header'],
  })
  .refine(o => o.replyTo === undefined || o.replyTo !== (o.header ?? 'correlation-id'), {
    message: 'expected another name than that of the header that names the request',
    path: ['replyTo'],
  })
