import { defineConfig } from 'kafka-loadtest'

export default defineConfig({
  acks: 'all',
})
