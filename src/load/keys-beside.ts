/** Compares all keys of a source with those of its staging while both are read, where the warehouse is a server that reads in the order of a key. */
import { deletedAt } from '../deleted-at.js';
import type { Dialect, LoadResult, Session } from '../engines/contract.js';
import { packRows } from '../engines/rows.js';
import type { Column, RowBatch } from '../engines/types.js';
import type { KeyFindings } from '../extract/detect-deletes.js';
import type { Source } from '../pipeline/types.js';
import { differingKeys } from './differing-keys.js';
import type { KeyColumns, KeyRow } from './key-rows.js';
import { onKeys, quoted } from './sql.js';
import { isFlagged } from './staging-columns.js';
import { asStored } from './staging-ranges.js';
import { findUnreadKeys, readKeys } from './unread-keys.js';
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
 * Of the source's keys only those reach the warehouse of which staging has none that lives; those of staging that the source has
 * not are beside them. Nothing is hashed, and each side reads the index of its key once.
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
  readonly load = async (columns: readonly Column[], batches: AsyncIterable<RowBatch>): Promise<LoadResult> => {
    const { session, source, stored, most } = this.#parts;
    const { key, table } = source;
    const keyColumns = asStored(
      key.map((name) => columnOf(columns, name)),
      stored,
    );
    const staging = this.#needsFlagged ? [...keyColumns, columnOf(stored, deletedAt)] : keyColumns;
    const left = { batches, ...ofSource(columns, key), skipsMarked: true };
    const right = { batches: this.#readStaging(staging), ...ofStaging(key, staging), stop: () => session.cancel() };
    const isInteger = keyColumns.map(({ type }) => type.kind === 'integer');
    const { found, leftRows, leftBytes } = await differingKeys(left, right, isInteger, most);
    this.#isGivenUp = found === undefined;
    if (found !== undefined) {
      await session.load(keysTableOf(table), columns, inBatches(found.left));
      await session.load(goneTableOf(table), staging, inBatches(found.right));
    }
    return { rows: leftRows, bytes: leftBytes };
  };

  /** What the keys say that were left; `withGone` as of `DeleteSearch`. */
  async findings(columns: readonly Column[], withGone: boolean): Promise<KeyFindings> {
    const { session, dialect, source } = this.#parts;
    const { key, table } = source;
    const unread = await findUnreadKeys(session, dialect, source, columns);
    if (!withGone) return unread;
    // Of a row that staging keeps as deleted both keys were left.
    const isThere = `exists (select 1 from ${readKeys(dialect, source, columns)} k where ${onKeys(dialect, 'k', key, 't', key)})`;
    await session.execute(dialect.deleteLoaded(dialect.workTable(goneTableOf(table)), isThere));
    return { ...unread, goneTable: goneTableOf(table) };
  }

  /** Rows that staging keeps as deleted are gone already, but for what the definition erases now. */
  get #needsFlagged(): boolean {
    const { source, stored } = this.#parts;
    return isFlagged(stored) && (source.erase ?? []).length > 0;
  }

  #readStaging(columns: readonly Column[]): AsyncIterable<RowBatch> {
    const { session, dialect, source, stored, spared } = this.#parts;
    const conditions = [
      ...(isFlagged(stored) && !this.#needsFlagged ? [`t.${dialect.identifier(deletedAt)} is null`] : []),
      ...(spared === undefined ? [] : [`not (${spared})`]),
    ];
    const where = conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`;
    const names = columns.map(({ name }) => name);
    const select = `select ${quoted(dialect, names, 't.')} from ${dialect.identifier(source.table)} t${where} order by ${quoted(dialect, source.key, 't.')}`;
    if (session.read === undefined) throw new TypeError('a warehouse that reads no rows');
    return session.read(select, columns);
  }
}

/** The mark as `softDeleted` takes it. */
function ofSource(columns: readonly Column[], key: readonly string[]): KeyColumns {
  const at = columns.findIndex(({ name }) => !key.includes(name));
  const orZero = ['integer', 'boolean'].includes(columns[at]?.type.kind ?? '');
  return {
    width: columns.length,
    key: key.map((name) => columns.findIndex((column) => column.name === name)),
    mark: at < 0 ? undefined : { at, orZero },
  };
}

function ofStaging(key: readonly string[], columns: readonly Column[]): KeyColumns {
  const mark = columns.length > key.length ? { at: key.length, orZero: false } : undefined;
  return { width: columns.length, key: key.map((_, column) => column), mark };
}

async function* inBatches(rows: readonly KeyRow[]): AsyncGenerator<RowBatch> {
  for (let at = 0; at < rows.length; at += batchRows) {
    const some = rows.slice(at, at + batchRows);
    yield packRows(some.map((row) => row.map((cell) => (cell === null ? null : Buffer.from(cell, 'latin1')))));
  }
}

const batchRows = 10_000;

function columnOf(columns: readonly Column[], name: string): Column {
  const found = columns.find((column) => column.name === name);
  if (found === undefined) throw new TypeError(`no column ${name}`);
  return found;
}
