import { definePreset } from 'kafka-loadtest/plugin'

// its own path is looked for here, not where the configuration is
export default definePreset({ name: 'payments', config: { extends: './compressed.json', seed: 7 } })
