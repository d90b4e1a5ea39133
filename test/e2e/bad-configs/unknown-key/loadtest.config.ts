import { defineConfig } from 'kafka-loadtest'

export default defineConfig({
  rats: '5k/s',
})
