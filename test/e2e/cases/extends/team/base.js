import { keys } from 'kafka-loadtest/plugins'
import { tag } from './tag'

/** What all of the team's configurations start from; `./more.yaml` is looked for beside this file. */
export default {
  extends: './more.yaml',
  producer: { acks: 1 },
  plugins: [keys.sequential(), tag()],
}
