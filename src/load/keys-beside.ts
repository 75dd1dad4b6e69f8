/** Compares all keys of a source with those of its staging while both are read, where the warehouse is a server that reads in the order of a key. */
import { deletedAt } from '../deleted-at.js';
import type { Dialect, LoadResult, Session } from '../engines/contract.js';
import { packRows } from '../engines/rows.js';
import type { Column, RowBatch } from '../engines/types.js';
import type { KeyFindings } from '../extract/detect-deletes.js';
import type { Source } from '../pipeline/types.js';
import { differingKeys, type KeyColumns, type KeyRow } from './differing-keys.js';
import { onKeys, quoted } from './sql.js';
import { asStored } from './staging-ranges.js';
import { countUnreadKeys, readKeys } from './unread-keys.js';
import { goneTableOf, keysTableOf } from './work-tables.js';

export interface KeysBesideParts {
  readonly session: Session;
  readonly dialect: Dialect;
  readonly source: Source;
  /** Columns of staging. */
  readonly stored: readonly Column[];
  /** A condition over `t`, a row of staging, under which it need not be in the source. */
  readonly spared: string | undefined;
  /** Rows that are kept at most; by default as of `differingKeys`. */
  readonly most?: number;
}

/**
 * Of the source's keys only those reach the warehouse of which staging has none, or which either side marks as deleted; those
 * of staging that the source has not are beside them. Nothing is hashed, and each side reads the index of its key once.
 */
export class KeysBeside {
  readonly #parts: KeysBesideParts;
  #isGivenUp = false;

  constructor(parts: KeysBesideParts) {
    this.#parts = parts;
  }

  /** True once too many keys differed to be kept in memory: nothing was found out then. */
  get isGivenUp(): boolean {
    return this.#isGivenUp;
  }

  /** @param columns those of `batches`: the key, and the column by which the source marks rows as deleted */
  async load(columns: readonly Column[], batches: AsyncIterable<RowBatch>): Promise<LoadResult> {
    const { session, source, stored, most } = this.#parts;
    const { key, table } = source;
    const keyColumns = asStored(
      key.map((name) => columnOf(columns, name)),
      stored,
    );
    const isFlagged = stored.some(({ name }) => name === deletedAt);
    const staging = isFlagged ? [...keyColumns, columnOf(stored, deletedAt)] : keyColumns;
    const positions = key.map((name) => columns.findIndex((column) => column.name === name));
    const mark = columns.findIndex(({ name }) => !key.includes(name));
    const left = { batches, width: columns.length, key: positions, mark: mark < 0 ? undefined : mark };
    const right = { batches: this.#readStaging(staging), ...flaggedLast(key.length, isFlagged) };
    const isInteger = keyColumns.map(({ type }) => type.kind === 'integer');
    const { found, leftRows, leftBytes } = await differingKeys(left, right, isInteger, most);
    this.#isGivenUp = found === undefined;
    if (found !== undefined) {
      await session.load(keysTableOf(table), columns, oneBatch(found.left));
      await session.load(goneTableOf(table), staging, oneBatch(found.right));
    }
    return { rows: leftRows, bytes: leftBytes };
  }

  /** What the keys say that were left; `withGone` as of `DeleteSearch`. */
  async findings(columns: readonly Column[], withGone: boolean): Promise<KeyFindings> {
    const { session, dialect, source } = this.#parts;
    const { key, table } = source;
    const unread = await countUnreadKeys(session, dialect, source, columns);
    if (!withGone) return { unread };
    // Of rows that either side marks both keys were left.
    const isThere = `exists (select 1 from ${readKeys(dialect, source, columns)} k where ${onKeys(dialect, 'k', key, 't', key)})`;
    await session.execute(dialect.deleteLoaded(dialect.workTable(goneTableOf(table)), isThere));
    return { unread, goneTable: goneTableOf(table) };
  }

  #readStaging(columns: readonly Column[]): AsyncIterable<RowBatch> {
    const { session, dialect, source, spared } = this.#parts;
    const names = columns.map(({ name }) => name);
    const where = spared === undefined ? '' : ` where not (${spared})`;
    const select = `select ${quoted(dialect, names, 't.')} from ${dialect.identifier(source.table)} t${where} order by ${quoted(dialect, source.key, 't.')}`;
    if (session.read === undefined) throw new TypeError('a warehouse that reads no rows');
    return session.read(select, columns);
  }
}

function flaggedLast(keyWidth: number, isFlagged: boolean): KeyColumns {
  const key = Array.from({ length: keyWidth }, (_, column) => column);
  return isFlagged ? { width: keyWidth + 1, key, mark: keyWidth } : { width: keyWidth, key, mark: undefined };
}

async function* oneBatch(rows: readonly KeyRow[]): AsyncGenerator<RowBatch> {
  yield packRows(rows.map((row) => row.map((cell) => (cell === null ? null : Buffer.from(cell, 'latin1')))));
}

function columnOf(columns: readonly Column[], name: string): Column {
  const found = columns.find((column) => column.name === name);
  if (found === undefined) throw new TypeError(`no column ${name}`);
  return found;
}
