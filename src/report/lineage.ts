/** The lineage of columns for people: tables, a tree for one column, or a Mermaid diagram. */
import type { TableFacts, Trace } from '../lineage/trace.js';
import type { ColumnPlace, Origins } from '../lineage/types.js';
import type { Paint } from './paint.js';
import { formatTable } from './table.js';

/** All tables, each column with what it comes from. */
export function formatAllLineage(tables: readonly TableFacts[], paint: Paint): string {
  return tables.map((table) => formatTableLineage(table, paint, false)).join('\n\n');
}

/** One table: up, and down where `withReaders`. */
export function formatTableLineage(facts: TableFacts, paint: Paint, withReaders = true): string {
  const { table, columns, rowsChosenBy, unresolved } = facts;
  const rows = columns.map(({ name, from, into }) => [
    name,
    placesText(from),
    ...(withReaders ? [tablesOf(into).join(', ')] : []),
  ]);
  const titles = ['column', 'comes from', ...(withReaders ? ['goes into'] : [])];
  const chosenBy = rowsChosenBy.length === 0 ? [] : [`rows are chosen by  ${rowsChosenBy.map(nameOf).join(', ')}`];
  return [
    paint.bold(table),
    ...(unresolved === undefined ? [] : [paint.yellow(`all that is known is the tables it reads: ${unresolved}`)]),
    ...(columns.length === 0
      ? ['its columns are not known']
      : [
          formatTable(
            titles.map((title) => ({ title, align: 'left' })),
            rows,
            paint,
          ),
        ]),
    ...chosenBy,
    ...(withReaders ? chosenRows(facts) : []),
  ].join('\n');
}

/** Which of its columns choose the rows of whom. */
function chosenRows({ columns }: TableFacts): readonly string[] {
  const readers = [...new Set(columns.flatMap(({ choosesRowsOf }) => choosesRowsOf))];
  return readers.map((reader) => {
    const names = columns.filter(({ choosesRowsOf }) => choosesRowsOf.includes(reader)).map(({ name }) => name);
    return `chooses rows of     ${reader}, by ${names.join(', ')}`;
  });
}

/** One column: all that it comes from, and all that comes from it. */
export function formatColumnLineage(place: ColumnPlace, trace: Trace, paint: Paint): string {
  const facts = trace.tables
    .find(({ table }) => table === place.table)
    ?.columns.find(({ name }) => name === place.column);
  const readers = facts?.choosesRowsOf ?? [];
  const down = trace.into(place);
  return [
    paint.bold(nameOf(place)),
    ...(trace.from(place).length === 0 ? ['comes from no column: a constant, or a count of rows'] : ['comes from']),
    ...tree(trace.from(place), trace.from, paint),
    ...(down.length === 0 ? ['goes into no column'] : ['goes into']),
    ...tree(down, trace.into, paint),
    ...(readers.length === 0 ? [] : [`chooses rows of  ${readers.join(', ')}`]),
  ].join('\n');
}

/** A place that is met again is not unfolded again. */
function tree(roots: Origins, next: (place: ColumnPlace) => Origins, paint: Paint): readonly string[] {
  const unfolded = new Set<string>();
  const lines: string[] = [];
  const visit = (places: Origins, indent: string): void => {
    for (const [index, place] of places.entries()) {
      const isLast = index === places.length - 1;
      const others = next(place);
      const again = unfolded.has(nameOf(place)) && others.length > 0;
      lines.push(`${indent}${isLast ? '└─ ' : '├─ '}${nameOf(place)}${again ? ` ${paint.dim('…')}` : ''}`);
      if (again) continue;
      unfolded.add(nameOf(place));
      visit(others, `${indent}${isLast ? '   ' : '│  '}`);
    }
  };
  visit(roots, '');
  return lines;
}

/** A flowchart with a box around the columns of each table. */
export function formatLineageMermaid(places: Origins, trace: Trace): string {
  const ids = new Map(places.map((place, index) => [nameOf(place), `c${index}`]));
  const boxes = tablesOf(places).flatMap((table) => [
    `  subgraph ${JSON.stringify(table)}`,
    ...places
      .filter((place) => place.table === table)
      .map((place) => `    ${ids.get(nameOf(place))}[${JSON.stringify(place.column ?? 'some column')}]`),
    '  end',
  ]);
  const arrows = places.flatMap((place) =>
    trace.from(place).flatMap((origin) => {
      const id = ids.get(nameOf(origin));
      return id === undefined ? [] : [`  ${id} --> ${ids.get(nameOf(place))}`];
    }),
  );
  return ['flowchart LR', ...boxes, ...arrows].join('\n');
}

function tablesOf(places: Origins): readonly string[] {
  return [...new Set(places.map(({ table }) => table))];
}

function placesText(places: Origins): string {
  return places.length === 0 ? '-' : places.map(nameOf).join(', ');
}

function nameOf({ table, column }: ColumnPlace): string {
  return `${table}.${column ?? '*'}`;
}
