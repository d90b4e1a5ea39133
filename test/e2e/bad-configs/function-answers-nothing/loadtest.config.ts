export default () => {
  const config = { rate: '5k/s' }
}
