function brokersOf(stage: string): string[] {
  throw new Error(`no brokers are known for stage ${stage}`)
}

export default { brokers: brokersOf('canary') }
