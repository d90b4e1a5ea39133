export default { plugins: [{ stream() {} }] }
