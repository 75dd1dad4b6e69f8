/** A text in lines of so many columns, without spaces at their ends; what is longer than a line is broken. */
export default function wrapAnsi(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => wrapLine(line, columns))
    .join('\n');
}

function wrapLine(line: string, columns: number): string {
  const rows: string[] = [];
  let row = '';
  for (const word of line.trim().split(' ')) {
    if (row !== '' && row.length + 1 + word.length > columns) {
      rows.push(row.trimEnd());
      row = '';
    }
    row = row === '' ? word : `${row} ${word}`;
    for (; row.length > columns; row = row.slice(columns)) rows.push(row.slice(0, columns));
  }
  return [...rows, row].join('\n');
}
