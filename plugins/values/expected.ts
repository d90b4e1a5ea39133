/** What was expected and is not so: the message goes on after that word, in the fault of the option. */
export class Expected extends Error {}
