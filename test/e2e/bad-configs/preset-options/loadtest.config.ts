import { defineConfig, definePreset } from 'kafka-loadtest'
import { z } from 'zod'

const payments = definePreset({
  name: 'payments',
  schema: z.strictObject({ region: z.enum(['eu', 'us']) }),
  config: ({ region }) => ({ topic: `payments-${region}` }),
})

export default defineConfig({ extends: [payments({ region: 'mars' as never })] })
