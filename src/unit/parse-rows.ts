/** The rows of a table, as YAML or a CSV file gives them. */
import { readFileSync } from 'node:fs';
import path, { posix } from 'node:path';
import { parseCsv } from '../config/csv.js';
import { errorAt } from '../config/problems.js';
import { objectOf, type RawObject, textOf } from '../config/raw.js';
import type { YamlFile, YamlPath } from '../config/yaml-file.js';
import type { Problem } from '../errors.js';
import type { GivenCell, GivenRow } from './types.js';

export interface RowsReader {
  readonly root: string;
  readonly file: YamlFile;
  /** Mistakes that were found. */
  readonly problems: Problem[];
  /** CSV files that were read, by path relative to the root. */
  readonly texts: Map<string, string>;
}

/** The rows of a list, or of a mapping with `rows` or `csv`. */
export function readRows(reader: RowsReader, value: unknown, at: YamlPath): readonly GivenRow[] {
  if (Array.isArray(value)) return value.map((row, index) => yamlRow(reader, objectOf(row), [...at, index]));
  const { csv, rows } = objectOf(value);
  if (textOf(csv) !== undefined) return csvRows(reader, String(csv), [...at, 'csv']);
  return readRows(reader, Array.isArray(rows) ? rows : [], [...at, 'rows']);
}

export function yamlRow(reader: RowsReader, row: RawObject, at: YamlPath): GivenRow {
  const { file } = reader;
  const cells = Object.entries(row).map(([column, value]): [string, GivenCell] => {
    const path = [...at, column];
    if (isInexact(value)) {
      const message = `'${column}' has more digits than YAML keeps of a number`;
      reader.problems.push(errorAt(file.valueAt(path), message, 'put it in quotes'));
    }
    const text = value === null || value === undefined ? null : String(value);
    return [column, { text, where: file.valueAt(path), nameAt: file.keyAt(path) }];
  });
  return { where: file.valueAt(at), cells: new Map(cells) };
}

function isInexact(value: unknown): boolean {
  return typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;
}

function csvRows(reader: RowsReader, name: string, at: YamlPath): readonly GivenRow[] {
  const { file, problems } = reader;
  const csvPath = posix.join(posix.dirname(file.path), name);
  let text: string;
  try {
    text = readFileSync(path.join(reader.root, csvPath), 'utf8');
  } catch {
    problems.push(
      errorAt(file.valueAt(at), `the file ${csvPath} cannot be read`, 'the path starts at the folder of this file'),
    );
    return [];
  }
  reader.texts.set(csvPath, text);
  const [names = [], ...records] = parseCsv(csvPath, text);
  return records.flatMap((fields) => {
    const where = fields[0]?.where ?? file.valueAt(at);
    if (fields.length !== names.length) {
      problems.push(errorAt(where, `this line has ${fields.length} fields, and the first line ${names.length}`));
      return [];
    }
    const cells = fields.map((field, index): [string, GivenCell] => {
      const column = names[index];
      return [column?.text ?? '', { text: field.text, where: field.where, nameAt: column?.where ?? where }];
    });
    return [{ where, cells: new Map(cells) }];
  });
}
