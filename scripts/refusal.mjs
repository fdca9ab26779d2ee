/**
 * Something outside the code is wrong, and one line says what: a setting, a port, a missing program. It ends the run
 * with that line and this exit code, never with a stack trace.
 */
export class Refusal extends Error {
  /**
   * @param {string} message one line that names what to change
   * @param {number} exitCode 2 for what the caller can set right, 1 for what broke on the way
   */
  constructor(message, exitCode = 2) {
    super(message);
    this.name = 'Refusal';
    this.exitCode = exitCode;
  }
}

/**
 * Writes a refusal's line and sets the exit code; anything else is a fault of ours and is thrown on.
 * @param {unknown} error
 */
export function reportRefusal(error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(`lapse: ${error.message}`);
  process.exitCode = error.exitCode;
}
