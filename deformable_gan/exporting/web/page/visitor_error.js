/** An error whose message is a sentence for the visitor. */
export class VisitorError extends Error {}
