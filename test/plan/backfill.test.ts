import { describe, expect, test } from 'vitest';
import { chunksDone, chunksOf, parseChunkSize } from '../../src/plan/backfill.js';

const range = (from: string, to: string) => ({ from, to });

describe('chunks', () => {
  test('cover the range without gap or overlap, and end with it', () => {
    expect(chunksOf(range('2024-01-15', '2024-04-02'), parseChunkSize('1 month'))).toEqual([
      range('2024-01-15', '2024-02-14'),
      range('2024-02-15', '2024-03-14'),
      range('2024-03-15', '2024-04-02'),
    ]);
    expect(chunksOf(range('2024-02-28', '2024-03-03'), parseChunkSize('2 days'))).toEqual([
      range('2024-02-28', '2024-02-29'),
      range('2024-03-01', '2024-03-02'),
      range('2024-03-03', '2024-03-03'),
    ]);
    expect(chunksOf(range('2024-01-01', '2024-12-31'), undefined)).toEqual([range('2024-01-01', '2024-12-31')]);
  });

  test('that begin on the last day of a month go on at the last days of shorter ones', () => {
    expect(chunksOf(range('2024-01-31', '2024-04-30'), parseChunkSize('1 month'))).toEqual([
      range('2024-01-31', '2024-02-28'),
      range('2024-02-29', '2024-03-30'),
      range('2024-03-31', '2024-04-29'),
      range('2024-04-30', '2024-04-30'),
    ]);
  });

  test('have a size in days, weeks, months or years', () => {
    expect(['1 month', '7 days', '2weeks', '1 year', '1 day'].map(parseChunkSize)).toEqual([
      { count: 1, unit: 'month' },
      { count: 7, unit: 'day' },
      { count: 14, unit: 'day' },
      { count: 12, unit: 'month' },
      { count: 1, unit: 'day' },
    ]);
    expect(['0 days', 'month', '1h', '-1 days', '1.5 months'].map(parseChunkSize)).toEqual(Array(5).fill(undefined));
  });
});

describe('what an earlier backfill has done', () => {
  const chunks = ['m a', 'm b', 'm c'];
  const run = (selection: string, status = 'succeeded', definitionsHash = 'x') => ({
    selection,
    status,
    definitionsHash,
  });
  const done = (...runs: readonly ReturnType<typeof run>[]) => [...chunksDone(chunks, runs, 'x')];

  test('is left out until it has come to its end', () => {
    expect(done(run('m a'), run('m b', 'failed'))).toEqual(['m a']);
    expect(done(run('m a'), run('m b'), run('m c'))).toEqual([]);
    expect(done(run('m a'), run('m b'), run('m c'), run('m a'))).toEqual(['m a']);
  });

  test('counts by the same definitions and for the same chunks alone', () => {
    expect(done(run('m a', 'succeeded', 'y'), run('m other'))).toEqual([]);
  });
});
