import { defineConfig, definePreset } from 'kafka-loadtest'

const payments = definePreset({ name: 'payments', config: { rate: '5k/s' } })

export default defineConfig({ extends: [payments as never] })
