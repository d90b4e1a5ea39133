export default {
  rate: '5k/s',
  duration: '10s'
  warmup: '2s',
}
