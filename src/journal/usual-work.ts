/** What steps usually take, from the journal. */
import type { Dialect, Session } from '../engines/contract.js';
import { integer, text } from './cells.js';
import { stepTable } from './tables.js';

/** Averages over the last successes of a step with the same action. */
export interface UsualWork {
  /** How many successes they stand on. */
  readonly runs: number;
  readonly rowsRead: number;
  /** Rows inserted, updated and deleted. */
  readonly rowsChanged: number;
  readonly durationMs: number;
}

const lastSuccesses = 5;

/** Step -> action -> its averages; steps that never ran are not in it. */
export async function readUsualWork(
  session: Session,
  dialect: Dialect,
): Promise<ReadonlyMap<string, ReadonlyMap<string, UsualWork>>> {
  const id = dialect.identifier;
  const keys = `${id('step')}, ${id('action')}`;
  const newest = `select s.*, row_number() over (partition by ${keys} order by ${id('batch')} desc) as ${id('age')} from ${id(stepTable.name)} s where ${id('status')} = 'succeeded'`;
  const average = (sum: string, name: string) => `cast(round(avg(${sum})) as decimal(18, 0)) as ${id(name)}`;
  const changed = ['rows_inserted', 'rows_updated', 'rows_deleted'].map(id).join(' + ');
  const rows = await session.query(
    `select ${keys}, count(*) as ${id('runs')}, ${average(id('rows_read'), 'rows_read')}, ${average(changed, 'rows_changed')}, ${average(id('duration_ms'), 'duration_ms')}` +
      ` from (${newest}) n where ${id('age')} <= ${lastSuccesses} group by ${keys}`,
  );
  const usual = new Map<string, Map<string, UsualWork>>();
  for (const row of rows) {
    const ofStep = usual.get(text(row, 'step')) ?? new Map<string, UsualWork>();
    usual.set(text(row, 'step'), ofStep);
    ofStep.set(text(row, 'action'), {
      runs: integer(row, 'runs'),
      rowsRead: integer(row, 'rows_read'),
      rowsChanged: integer(row, 'rows_changed'),
      durationMs: integer(row, 'duration_ms'),
    });
  }
  return usual;
}
