import { defineConfig } from 'kafka-loadtest'

export default defineConfig(({ env }) => {
  const stage = env['STAGE']!
  return { topic: stage.toLowerCase() }
})
