export default { plugins: [{ name: 'tenant' }] }
