/** How many columns a text takes: each character one. */
export default function stringWidth(text: string): number {
  return text.length;
}
