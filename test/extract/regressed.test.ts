/** Whether a table may hold rows that no read has brought. */
import { expect, test } from 'vitest';
import type { SourceDatabase } from '../../src/engines/contract.js';
import { mayBeRefilled } from '../../src/extract/regressed.js';
import { toSourceRead } from '../../src/extract/source-read.js';
import type { WatermarkRecord } from '../../src/extract/watermark.js';
import { sourceOf } from './sources.js';

test.each([
  ['2026-03-01 10:00:04', false],
  ['2026-03-01 10:00:05', true],
  ['2026-03-01 10:00:06', true],
])(
  'a table that the server says is of %s may be newer than a read that ended within 10:00:05: %s',
  async (created, expected) => {
    const record: WatermarkRecord = {
      batch: 1,
      from: undefined,
      seen: '2026-03-01 10:00:00.000000',
      safe: '2026-03-01 10:00:00.000000',
      horizon: '2026-03-01 10:00:05.100000',
      endedAt: '2026-03-01 10:00:05.900000',
      serverId: 'server',
      heldBy: undefined,
    };
    const database = {
      newSince: async (_read, since) => (`${created}.000000` >= since ? 'table' : undefined),
    } as Partial<SourceDatabase> as SourceDatabase;
    const read = toSourceRead(sourceOf('t', { column: 'updated_at', unit: 'timestamp', timezone: 'UTC' }));
    expect(await mayBeRefilled({ database, read, records: [record] }, record.seen)).toBe(expected);
  },
);
