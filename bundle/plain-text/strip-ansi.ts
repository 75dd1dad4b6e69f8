/** A text without its colours, of which it has none. */
export default function stripAnsi(text: string): string {
  return text;
}
