/** Reads a seed's CSV file and writes the SQL that gives its rows. */
import { type CsvField, parseCsv } from '../config/csv.js';
import { nearestHint } from '../config/nearest.js';
import { errorAt } from '../config/problems.js';
import type { Column } from '../engines/types.js';
import { formatPlace, type Place, type Problem } from '../errors.js';
import { type InspectedTemplate, inspectTemplate } from '../template/inspect.js';
import type { CompileEnvironment } from './compile.js';
import type { Definition } from './parse.js';
import { seedType, seedValue } from './seed-values.js';
import type { Model } from './types.js';

/** A seed is text that people keep by hand; what is larger belongs into a database. */
const mostRows = 10_000;
const mostBytes = 1_000_000;
const mostProblems = 20;

type SeedColumn = Pick<Column, 'name' | 'type'>;
type SeedRow = readonly (string | null)[];

export interface InspectedSeed {
  /** Undefined where there are problems. */
  readonly inspected: InspectedTemplate | undefined;
  readonly problems: readonly Problem[];
}

export function inspectSeed(definition: Definition<Model>, environment: CompileEnvironment): InspectedSeed {
  const { step: seed, sound, valueAt } = definition;
  if (!sound) return { inspected: undefined, problems: [] };
  const { files, config, dialect } = environment;
  const path = seed.sqlFile;
  const text = files.seeds.get(path);
  if (text === undefined) {
    const hint = nearestHint(path, [...files.seeds.keys()]) ?? "CSV files of seeds are in the folder 'seeds'";
    return { inspected: undefined, problems: [errorAt(valueAt('file'), `there is no file ${path}`, hint)] };
  }
  const { columns, problems } = columnsOf(definition);
  const found = problems.length > 0 ? { rows: [], problems } : readSeed(path, text, columns, seed.key);
  if (found.problems.length > 0) return { inspected: undefined, problems: found.problems };
  const inspect = (it: typeof dialect): InspectedTemplate => {
    const template = { path, text: withoutMustaches(it.writtenRows(columns, found.rows)) };
    return inspectTemplate(template, { macros: new Map(), vars: {}, dialect: it, timezone: config.timezone });
  };
  const inspected = { ...inspect(dialect), texts: new Map([[path, text]]) };
  return { inspected: { ...inspected, renderIn: (other) => inspect(other).rendered }, problems: [] };
}

/** The SQL goes the way of a template, where two braces would begin a helper. They stand in a quoted text alone. */
function withoutMustaches(sql: string): string {
  return sql.replace(/\{(?=\{)/g, "{'||'");
}

function columnsOf({ step: seed, valueAt }: Definition<Model>): {
  readonly columns: readonly SeedColumn[];
  readonly problems: readonly Problem[];
} {
  const problems: Problem[] = [];
  const names = seed.columns.map(({ name }) => name);
  const columns = seed.columns.flatMap(({ name, type: written = '', where, typeAt }, index) => {
    if (!/^[a-z_][a-z0-9_]*$/i.test(name)) {
      problems.push(errorAt(where, `'${name}' cannot be a column`, 'letters, digits and _, a letter first'));
    }
    if (names.findIndex((other) => other.toLowerCase() === name.toLowerCase()) < index) {
      problems.push(
        errorAt(where, `the column '${name}' is there twice`, 'databases take names of columns in any case'),
      );
    }
    const type = seedType(written);
    if (type === undefined)
      problems.push(errorAt(typeAt, `'${written}' has too many digits`, 'decimal(38,30) is the most'));
    return type === undefined ? [] : [{ name, type }];
  });
  const strangers = seed.key.filter((name) => !names.includes(name));
  for (const name of strangers) {
    problems.push(errorAt(valueAt('key'), `'${seed.name}' has no column '${name}'`, nearestHint(name, names)));
  }
  return { columns, problems };
}

function readSeed(
  path: string,
  text: string,
  columns: readonly SeedColumn[],
  key: readonly string[],
): { readonly rows: readonly SeedRow[]; readonly problems: readonly Problem[] } {
  const start: Place = { path, line: 1, column: 1 };
  const bytes = Buffer.byteLength(text);
  if (bytes > mostBytes) return { rows: [], problems: [tooLarge(start, `${bytes} bytes; ${mostBytes} are the most`)] };
  if (/[\0\uFFFD]/.test(text)) return { rows: [], problems: [errorAt(start, 'this file is no text in UTF-8')] };
  const [header = [], ...records] = parseCsv(path, text);
  const problems = headerProblems(header, columns, start);
  if (problems.length > 0) return { rows: [], problems };
  const beyond = records[mostRows]?.[0];
  if (beyond !== undefined) {
    return { rows: [], problems: [tooLarge(beyond.where, `${records.length} rows; ${mostRows} are the most`)] };
  }
  const order = columns.map(({ name }) => header.findIndex((field) => field.text === name));
  const found: Problem[] = [];
  const rows = records.flatMap((record): readonly SeedRow[] => {
    if (record.length !== header.length) {
      const message = `this line has ${record.length} fields, and the first line ${header.length}`;
      found.push(errorAt(record[0]?.where ?? start, message));
      return [];
    }
    return [columns.map((column, index) => cellOf(record[order[index] ?? 0], column, found))];
  });
  const keyFields = key.map((name) => header.findIndex((field) => field.text === name));
  const keyCells = key.map((name) => columns.findIndex((column) => column.name === name));
  if (found.length === 0) found.push(...keyProblems({ key, keyFields, keyCells }, records, rows));
  return { rows, problems: found.slice(0, mostProblems) };
}

function tooLarge(where: Place, message: string): Problem {
  return errorAt(where, `this seed has ${message}`, 'load it into a database, and read it from there as a source');
}

function headerProblems(header: readonly CsvField[], columns: readonly SeedColumn[], start: Place): readonly Problem[] {
  const names = columns.map(({ name }) => name);
  const inFile = header.map(({ text }) => text ?? '');
  const problems = header.flatMap(({ text, where }, index) => {
    const name = text ?? '';
    if (!names.includes(name)) {
      const hint = nearestHint(name, names) ?? `add it to 'columns': ${name}: { type: text }`;
      return [errorAt(where, `'columns' names no column '${name}'`, hint)];
    }
    return inFile.indexOf(name) < index ? [errorAt(where, `the column '${name}' is there twice`)] : [];
  });
  const missing = names.filter((name) => !inFile.includes(name));
  if (missing.length === 0) return problems;
  const list = missing.map((name) => `'${name}'`).join(', ');
  return [...problems, errorAt(start, `the first line does not name ${list}`, `write into it: ${names.join(',')}`)];
}

function cellOf(field: CsvField | undefined, { name, type }: SeedColumn, problems: Problem[]): string | null {
  if (field === undefined || field.text === null) return null;
  const value = seedValue(field.text, type);
  if (value === undefined) {
    const word = type.kind === 'decimal' ? `decimal(${type.precision},${type.scale})` : type.kind;
    problems.push(errorAt(field.where, `'${field.text}' is no value of '${name}', which is ${word}`, hints[type.kind]));
  }
  return value ?? null;
}

const hints: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  date: 'year, month and day: 2024-01-31',
  timestamp: 'in UTC: 2024-01-31 10:30:00',
};

interface SeedKey {
  readonly key: readonly string[];
  /** Where the key's columns stand in the file, and in the rows. */
  readonly keyFields: readonly number[];
  readonly keyCells: readonly number[];
}

function keyProblems(
  { key, keyFields, keyCells }: SeedKey,
  records: readonly (readonly CsvField[])[],
  rows: readonly SeedRow[],
): readonly Problem[] {
  if (key.length === 0) return [];
  const first = new Map<string, Place>();
  return rows.flatMap((row, index) => {
    const record = records[index] ?? [];
    const empty = keyCells.findIndex((cell) => row[cell] === null);
    const where = record[keyFields[Math.max(empty, 0)] ?? 0]?.where;
    if (where === undefined) return [];
    if (empty >= 0) return [errorAt(where, `'${key[empty]}' is of the key, and cannot be empty`)];
    const cells = keyCells.map((cell) => row[cell]);
    const earlier = first.get(JSON.stringify(cells));
    if (earlier === undefined) {
      first.set(JSON.stringify(cells), where);
      return [];
    }
    return [
      errorAt(where, `the key ${cells.join(', ')} is there twice`, `the other one is at ${formatPlace(earlier)}`),
    ];
  });
}
