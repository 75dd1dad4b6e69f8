/** What a timed run has done, by the warehouse's journal: a run that skips its work would be the fastest of all. */

/** The first value of each query, as text. */
export type Ask = (queries: readonly string[]) => Promise<readonly string[]>;

/** Sums over all runs so far. */
export interface Journaled {
  readonly runs: number;
  /** Rows of the staging table. */
  readonly written: number;
  readonly deleted: number;
  /** When deletes of its source were last looked for. */
  readonly detectedAt: string;
}

/** @param table of staging, e.g. `stg_messages` */
export async function journaled(ask: Ask, table: string): Promise<Journaled> {
  const sum = (columns: string) => `select coalesce(sum(${columns}), 0) from etl_step_log where step = '${table}'`;
  const [runs, written, deleted, detectedAt] = await ask([
    'select count(*) from etl_run_log',
    sum('rows_inserted + rows_updated'),
    sum('rows_deleted'),
    `select max(detected_at) from etl_watermark where source_table = '${table}'`,
  ]);
  return { runs: Number(runs), written: Number(written), deleted: Number(deleted), detectedAt: String(detectedAt) };
}

export interface Work {
  readonly written: number;
  readonly deleted: number;
  readonly isDetected: boolean;
}

/** Errors: that between the two there was not one run, or one that did other work. */
export function refuseOtherWork(title: string, before: Journaled, after: Journaled, expected: Work): void {
  const runs = after.runs - before.runs;
  if (runs !== 1) throw new Error(`${title}: the journal has ${runs} runs more, and not 1`);
  const done: Work = {
    written: after.written - before.written,
    deleted: after.deleted - before.deleted,
    isDetected: after.detectedAt !== before.detectedAt,
  };
  for (const part of ['written', 'deleted', 'isDetected'] as const) {
    if (done[part] !== expected[part]) {
      throw new Error(`${title}: by the journal ${part} is ${done[part]}, and not ${expected[part]}`);
    }
  }
}
