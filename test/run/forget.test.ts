/** Which tables' notes about rows are forgotten once rows are lost. */
import { expect, test } from 'vitest';
import type { CompiledModel, Source } from '../../src/pipeline/types.js';
import { tablesOfLostRows } from '../../src/run/forget.js';

const order = ['stg_users', 'stg_messages', 'dim_user', 'fact_message', 'messages_daily'];
const upstreams = new Map([
  ['dim_user', ['stg_users']],
  ['fact_message', ['stg_messages']],
  ['messages_daily', ['fact_message']],
]);

function lost(
  report: { readonly step: string; readonly rowsDeleted?: number; readonly rowsUpdated?: number },
  erase?: { readonly source?: string; readonly model?: string },
): readonly string[] {
  const sources = new Map([[erase?.source ?? '', { erase: ['name'] } as unknown as Source]]);
  const models = new Map([[erase?.model ?? '', { model: { erase: ['name'] } } as unknown as CompiledModel]]);
  return tablesOfLostRows({ order, upstreams, sources, models }, [{ rowsDeleted: 0, rowsUpdated: 0, ...report }]);
}

test('a table that lost rows, and all that stands on it', () => {
  expect(lost({ step: 'stg_messages', rowsDeleted: 1 })).toEqual(['stg_messages', 'fact_message', 'messages_daily']);
  expect(lost({ step: 'fact_message', rowsDeleted: 2 })).toEqual(['fact_message', 'messages_daily']);
});

test('an update counts where columns may have been erased, in the table or in what it stands on', () => {
  expect(lost({ step: 'stg_users', rowsUpdated: 1 })).toEqual([]);
  expect(lost({ step: 'stg_users', rowsUpdated: 1 }, { source: 'stg_users' })).toEqual(['stg_users', 'dim_user']);
  expect(lost({ step: 'dim_user', rowsUpdated: 1 }, { source: 'stg_users' })).toEqual(['dim_user']);
  expect(lost({ step: 'dim_user', rowsUpdated: 1 }, { model: 'dim_user' })).toEqual(['dim_user']);
  expect(lost({ step: 'fact_message', rowsUpdated: 1 }, { source: 'stg_users' })).toEqual([]);
});
