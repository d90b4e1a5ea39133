/** Requests and their responder on two threads; brokers come from the test. */
import { defineConfig, without } from 'kafka-loadtest'
import { echo, requestReply } from 'kafka-loadtest/plugins'

export default defineConfig({
  warmup: 0,
  duration: '1s',
  threads: 2,
  consumers: 0,
  allowTainted: true,
  plugins: [without('console'), without('json')],
  streams: {
    requests: { rate: '1k/s', producers: 4, plugins: [requestReply({ replies: 'responder' })] },
    responder: { rate: 'fed', producers: 3, topic: { partitions: 5 }, plugins: [echo({ from: 'requests' })] },
  },
})
