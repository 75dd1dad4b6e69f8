/** What listens to a run may break at any event; the run's report says how it ended all the same. */
import { expect, test } from 'vitest';
import { chatTables, openChatLab } from '../e2e/chat-lab.js';

test('a listener that throws at any event ends the run before its commit, and changes nothing after it', async () => {
  const lab = await openChatLab('duckdb');
  try {
    await lab.runWell();
    let done = false;
    for (let atEvent = 0; !done; atEvent++) {
      await lab.oltp.query(`update messages set body = concat(body, 'x'), updated_at = now(6) where id = 1`);
      const before = await lab.allRows(chatTables);
      const types: string[] = [];
      const report = await lab.run({
        onEvent: ({ type }) => {
          types.push(type);
          if (types.length - 1 === atEvent) throw new Error('disk full');
        },
      });
      done = types.length <= atEvent;
      const after = await lab.allRows(chatTables);
      if (report.status === 'succeeded') expect(after).not.toEqual(before);
      else {
        expect(report.error?.message).toContain('disk full');
        expect(after).toEqual(before);
      }
      const [{ status } = {}] = await lab.query('select status from etl_run_log order by batch desc limit 1');
      expect(status).toBe(report.status);
    }
  } finally {
    await lab.close();
  }
});
