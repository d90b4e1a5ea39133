import { keyz } from 'kafka-loadtest/plugins'

export default { plugins: [keyz.sequential()] }
