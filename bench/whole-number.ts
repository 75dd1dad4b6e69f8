/**
 * How many, as an option or a variable of the environment says it.
 * @param name of the option or variable, for the message
 * Errors: that `text` is no whole number from 1 on; with none or no number of rounds nothing is measured, and no bound missed.
 */
export function wholeNumber(name: string, text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`${name} is to be a whole number from 1 on, and is '${text}'`);
  return Number(text);
}
