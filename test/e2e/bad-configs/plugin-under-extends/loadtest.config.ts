import { defineConfig } from 'kafka-loadtest'
import { keys } from 'kafka-loadtest/plugins'

export default defineConfig({ extends: [keys.sequential() as never] })
