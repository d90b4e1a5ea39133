enum Stage {
  Canary = 'canary',
}

export default { topic: Stage.Canary }
