import { describe, expect, test } from 'vitest';
import { ensureJournal } from '../../src/journal/migrations.js';
import { readUsualWork } from '../../src/journal/usual-work.js';
import { insertSteps } from '../../src/journal/write.js';
import { failure, stepReport } from '../report/samples.js';
import { engines, withEmptyWarehouse } from './warehouses.js';

describe.each(engines)('on %s', (engine) => {
  test('what a step usually takes is the average of its last five successes with the same action', () =>
    withEmptyWarehouse(engine, async (session, dialect) => {
      await ensureJournal(session, dialect);
      for (let batch = 1; batch <= 6; batch++) {
        // The first is older than the five that count.
        const rowsRead = batch === 1 ? 1_000_000 : batch * 10;
        const counts = { rowsRead, rowsInserted: batch, rowsUpdated: 1, rowsDeleted: 1, durationMs: batch * 100 };
        await insertSteps(session, dialect, `run-${batch}`, batch, [stepReport('stg_a', counts)]);
      }
      const failed = stepReport('stg_a', { status: 'failed', error: failure, rowsRead: 5_000_000 });
      await insertSteps(session, dialect, 'run-7', 7, [failed, stepReport('fact', { action: 'rebuild' })]);
      const usual = await readUsualWork(session, dialect);
      expect(usual.get('stg_a')).toEqual(
        new Map([['read', { runs: 5, rowsRead: 40, rowsChanged: 6, durationMs: 400 }]]),
      );
      expect(usual.get('fact')?.get('rebuild')).toMatchObject({ runs: 1, durationMs: 400 });
      expect(usual.get('fact')?.get('update')).toBeUndefined();
    }));
});
