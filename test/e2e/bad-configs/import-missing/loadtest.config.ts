import { fleet } from '@acme/fleet'

export default { brokers: fleet.brokers }
