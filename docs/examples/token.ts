import { defineConfig } from 'kafka-loadtest'

export default defineConfig({
  brokers: ['kafka-1:9093'],
  tls: true,
  sasl: { mechanism: 'oauthbearer', token: { file: './token' } },
})
