/** What becomes of rows that their source no longer has: they leave, are flagged and erased, or were purged and stay. */
import { formatClock } from '../../src/extract/clock.js';
import type { ChatModel } from './chat-model.js';
import type { Definitions } from './definitions.js';
import { assertEqual, parsed, type Tables, texts, withoutNulls } from './tables.js';

/** Sources whose deleted rows may be kept. */
export const keptSources = ['pins', 'rooms'] as const;
export type KeptSource = (typeof keptSources)[number];

export interface DeletedRows {
  readonly keeps: boolean;
  readonly erased: readonly string[];
  readonly retention: { readonly column: string; readonly hours: number } | undefined;
}

export function deletedRowsOf(definitions: Definitions): Readonly<Record<KeptSource, DeletedRows>> {
  const { keeps, erases, retains, color } = definitions;
  const of = (column: string, time: string, hours: number): DeletedRows => ({
    keeps,
    erased: erases ? [column] : [],
    retention: retains ? { column: time, hours } : undefined,
  });
  return { pins: of(color, 'updated_at', 6), rooms: of('title', 'opened_at', 24) };
}

export interface DeletedRowsCheck {
  readonly chat: ChatModel;
  readonly definitions: Definitions;
  readonly source: KeptSource;
  /** True where the run found out which rows are gone. */
  readonly looked: boolean;
  readonly startedAt: Date;
  /** Staging as the run found it. */
  readonly before: Tables;
  readonly after: Tables;
  readonly count: (name: string) => void;
}

type StagedRow = Readonly<Record<string, unknown>>;

/** Staging is what the source has, and of what that no longer has, what the definitions say. */
export function checkDeletedRows(check: DeletedRowsCheck): void {
  const { source, chat, definitions, before, after } = check;
  const table = `stg_${source}`;
  const found = new Map(parsed(before, table).map((row) => [Number(row.id), row]));
  const rows: ReadonlyMap<number, object> = chat[source];
  const live = [...rows].map(([id, row]) => {
    if (hasFlag(found.get(id))) check.count('kept row comes back');
    return inStaging({ ...row }, definitions);
  });
  const gone = [...found.values()].flatMap((row) => (rows.has(Number(row.id)) ? [] : afterRun(row, check)));
  const wanted = [...live, ...gone].map((row) => withoutNulls(JSON.stringify(row)));
  // A column that the definitions no longer give may stay in staging.
  const seen = parsed(after, table).map((row) => withoutNulls(JSON.stringify(withoutOtherColor(row, definitions))));
  assertEqual('what it must be', { [table]: sorted(seen) }, { [table]: sorted(wanted) });
}

function sorted(rows: readonly string[]): readonly string[] {
  return rows.map((row) => texts([JSON.parse(row)])[0] ?? '').sort();
}

function hasFlag(row: StagedRow | undefined): boolean {
  return (row?.etl_deleted_at ?? null) !== null;
}

/** A row of the chat with the names that it has in staging. */
function inStaging({ color, ...row }: StagedRow, definitions: Definitions): StagedRow {
  return color === undefined ? row : { ...row, [definitions.color]: color };
}

function withoutOtherColor(row: StagedRow, { color }: Definitions): StagedRow {
  const { [color === 'color' ? 'label' : 'color']: _, ...rest } = row;
  return rest;
}

/** A row that the source no longer has, as it must be after the run: none where it is to leave. */
function afterRun(row: StagedRow, { definitions, source, looked, startedAt, count }: DeletedRowsCheck): StagedRow[] {
  const { keeps, erased, retention } = deletedRowsOf(definitions)[source];
  const staying = withoutOtherColor(row, definitions);
  const flagged = { ...staying, ...Object.fromEntries(erased.map((column) => [column, null])) };
  if (hasFlag(row)) return keeps ? [flagged] : [];
  if (!looked) return [staying];
  if (retention !== undefined && isOlder(row[retention.column], startedAt, retention.hours)) {
    count('purged row');
    return [staying];
  }
  if (!keeps) return [];
  count('kept row');
  return [{ ...flagged, etl_deleted_at: formatClock(BigInt(startedAt.getTime()) * 1000n) }];
}

function isOlder(time: unknown, than: Date, hours: number): boolean {
  return (
    typeof time === 'string' &&
    Date.parse(`${time.slice(0, 23).replace(' ', 'T')}Z`) < than.getTime() - hours * 3_600_000
  );
}

/** What the models that stand on such sources show is what staging holds. */
export function titlesIn(tables: Tables): ReadonlyMap<number, string | null> {
  return new Map(parsed(tables, 'stg_rooms').map(({ id, title }) => [Number(id), title as string | null]));
}

export function checkPinFacts({ color }: Definitions, tables: Tables): void {
  const facts = parsed(tables, 'stg_pins').map(({ id, message_id, [color]: value }) => ({
    pin_id: Number(id),
    message_id: Number(message_id),
    color: value as string | null,
  }));
  assertEqual('what it must be', { fact_pin: tables.fact_pin ?? [] }, { fact_pin: texts(facts) });
}
