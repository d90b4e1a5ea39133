import { defineConfig } from 'kafka-loadtest'

export default defineConfig({
  producer: {
    lingr: '5ms',
  },
})
