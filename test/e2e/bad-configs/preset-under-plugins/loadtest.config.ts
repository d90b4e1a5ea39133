import { defineConfig, definePreset } from 'kafka-loadtest'

const payments = definePreset({ name: 'payments', config: { rate: '5k/s' } })

export default defineConfig({ plugins: [payments() as never] })
