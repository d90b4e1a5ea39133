/** The example of docs/drivers.md does what it says. */
import '../../docs/examples/conformity.test.ts'
