import { expect, test } from 'vitest';
import type { Deletes, Source } from '../../src/pipeline/types.js';
import { decideDetection } from '../../src/plan/detect.js';

const hour = 3_600_000;
const nowMs = Date.parse('2024-03-01T12:00:00Z');

function detection(deletes: Deletes, lastAt: string | undefined, asked = false, action: 'read' | 'reload' = 'read') {
  return decideDetection({ deletes } as Source, action, { lastAt, nowMs, asked });
}

const detect: Deletes = { policy: 'detect', detectEveryMs: 6 * hour };

test('deletes are due once the interval is over, and at the first read', () => {
  expect(detection(detect, '2024-03-01 05:00:00.000000')).toEqual({
    isDue: true,
    reasons: ['deletes are looked for: last 7 h ago, every 6 h'],
  });
  expect(detection(detect, '2024-03-01 06:00:00.000000').isDue).toBe(true);
  expect(detection(detect, '2024-03-01 06:00:00.001000')).toEqual({
    isDue: false,
    reasons: ['deletes are not due yet: last 5 h ago, every 6 h'],
  });
  expect(detection(detect, undefined)).toEqual({
    isDue: true,
    reasons: ['deletes are looked for: never yet, every 6 h'],
  });
});

test('deletes are due at once where they are asked for, and after a clock was put back', () => {
  expect(detection(detect, '2024-03-01 11:59:59.000000', true).isDue).toBe(true);
  expect(detection(detect, '2024-03-01 13:00:00.000000').isDue).toBe(true);
});

test('deletes are looked for beside a soft column too, and nowhere else', () => {
  const soft: Deletes = { policy: 'soft_column', column: 'deleted_at' };
  expect(detection({ ...soft, detectEveryMs: 90 * 60_000 }, undefined).reasons[0]).toContain('every 90 min');
  for (const deletes of [soft, { policy: 'ignore' } as const]) {
    expect(detection(deletes, undefined, true)).toEqual({ isDue: false, reasons: [] });
  }
});

test('a source that is read whole is not looked through a second time', () => {
  expect(detection(detect, undefined, true, 'reload')).toEqual({ isDue: false, reasons: [] });
});
