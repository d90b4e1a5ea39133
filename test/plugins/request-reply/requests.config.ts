/** Requests of four producers on two threads; brokers and topics come from the test. */
import { defineConfig, without } from 'kafka-loadtest'
import { requestReply } from 'kafka-loadtest/plugins'

export default defineConfig({
  rate: '1k/s',
  warmup: 0,
  duration: '1s',
  threads: 2,
  producers: 4,
  consumers: 0,
  allowTainted: true,
  plugins: [without('console'), without('json'), requestReply({ replies: 'replies', timeout: '2s' })],
})
