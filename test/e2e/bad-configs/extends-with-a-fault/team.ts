export default {
  producer: {
    linger: 'soon',
  },
}
