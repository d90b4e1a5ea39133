import { fleet } from './fleet'

export default { brokers: fleet.brokers }
