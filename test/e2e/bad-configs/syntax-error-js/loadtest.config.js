export default {
  rate: '5k/s',,
}
