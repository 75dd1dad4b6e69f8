import { expect, test } from 'vitest';
import type { Timing } from '../../src/config/types.js';
import { type Job, jobsOf, pipelinesOf } from '../../src/schedule/jobs.js';
import { type JobHistory, keepSchedule } from '../../src/schedule/schedule.js';
import { nextTick } from '../../src/schedule/timing.js';
import { FakeClock, settle } from './fake-clock.js';

const hourly: Timing = { kind: 'every', everyMs: 3_600_000 };
const nightly: Timing = { kind: 'cron', expression: '0 3 * * *', timezone: 'Europe/Berlin' };

interface Setting {
  readonly start?: string;
  readonly jobs?: readonly Job[];
  readonly history?: JobHistory;
  /** Answers of the runs; a run without one is held until `release` is called. */
  readonly outcomes?: readonly (boolean | 'held')[];
  readonly notBefore?: (job: Job, moment: number) => number;
}

function scheduled({
  start = '2024-03-01T10:00:00Z',
  jobs = [{ pipelines: [], timing: hourly }],
  ...rest
}: Setting = {}) {
  const clock = new FakeClock(start);
  const controller = new AbortController();
  const runs: string[] = [];
  const said: string[] = [];
  const overdue: string[] = [];
  let running = 0;
  let atOnce = 0;
  let release: (succeeded: boolean) => void = () => {};
  const ended = keepSchedule({
    jobs,
    clock,
    signal: controller.signal,
    run: async (pipelines) => {
      runs.push(`${time(clock.now())} ${pipelines.length === 0 ? 'all' : pipelines.join('+')}`);
      running += 1;
      atOnce = Math.max(atOnce, running);
      const outcome = rest.outcomes?.[runs.length - 1] ?? true;
      const succeeded =
        outcome === 'held'
          ? await new Promise<boolean>((resolve) => {
              release = resolve;
              controller.signal.addEventListener('abort', () => resolve(false));
            })
          : outcome;
      running -= 1;
      return succeeded;
    },
    history: async () => rest.history ?? { lastBegun: undefined, lastSuccess: undefined },
    notBefore: rest.notBefore ?? ((_job, moment) => moment),
    onWait: (next) => void said.push(time(next)),
    onOverdue: async (job) => void overdue.push(`${time(clock.now())} ${job.pipelines.join('+')}`),
  });
  const end = async () => {
    controller.abort();
    await ended;
  };
  return { clock, runs, said, overdue, ended, end, release: (ok: boolean) => release(ok), atOnce: () => atOnce };
}

function time(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(11, 16);
}

test('an interval runs at once and then after each interval; the next time is said', async () => {
  const it = scheduled();
  await it.clock.moveTo('2024-03-01T12:30:00Z');
  await it.end();
  expect(it.runs).toEqual(['10:00 all', '11:00 all', '12:00 all']);
  expect(it.said).toEqual(['11:00', '12:00', '13:00']);
});

test('a failed run does not stop the next', async () => {
  const it = scheduled({ outcomes: [false, false] });
  await it.clock.moveTo('2024-03-01T12:30:00Z');
  await it.end();
  expect(it.runs).toHaveLength(3);
});

test('ticks missed while a run goes on run once, and never two runs at once', async () => {
  const it = scheduled({ outcomes: ['held'] });
  await it.clock.moveTo('2024-03-01T14:30:00Z');
  expect(it.runs).toEqual(['10:00 all']);
  it.release(true);
  await it.clock.moveTo('2024-03-01T15:00:00Z');
  expect(it.runs).toEqual(['10:00 all', '14:30 all']);
  await it.clock.moveTo('2024-03-01T15:30:00Z');
  await it.end();
  expect(it.runs).toEqual(['10:00 all', '14:30 all', '15:30 all']);
  expect(it.atOnce()).toBe(1);
});

test('a tick missed while nothing was up runs once at the start; one that is not due yet waits', async () => {
  const nightlyJob = [{ pipelines: [], timing: nightly }];
  const before = { lastBegun: Date.parse('2024-02-28T02:00:00Z'), lastSuccess: undefined };
  const late = scheduled({ jobs: nightlyJob, history: before });
  await settle();
  await late.end();
  expect(late.runs).toEqual(['10:00 all']);
  const recent = { lastBegun: Date.parse('2024-03-01T09:30:00Z'), lastSuccess: undefined };
  const early = scheduled({ history: recent });
  await early.clock.moveTo('2024-03-01T10:29:00Z');
  expect(early.runs).toEqual([]);
  await early.clock.moveTo('2024-03-01T10:30:00Z');
  await early.end();
  expect(early.runs).toEqual(['10:30 all']);
});

test('a cron time is in its own zone, over a change of summer time too', async () => {
  const it = scheduled({ start: '2024-03-30T00:00:00Z', jobs: [{ pipelines: [], timing: nightly }] });
  await it.clock.moveTo('2024-04-01T12:00:00Z');
  await it.end();
  expect(it.runs).toEqual(['02:00 all', '01:00 all', '01:00 all']);
});

test('pipelines with a timing of their own run by it; those due together are one run', async () => {
  const jobs: readonly Job[] = [
    { pipelines: ['facts', 'metrics'], timing: hourly },
    { pipelines: ['chats'], timing: { kind: 'every', everyMs: 1_800_000 } },
  ];
  const it = scheduled({ jobs });
  await it.clock.moveTo('2024-03-01T11:10:00Z');
  await it.end();
  expect(it.runs).toEqual(['10:00 facts+metrics+chats', '10:30 chats', '11:00 facts+metrics+chats']);
});

test('a job without success for two ticks is overdue, said once until it succeeds; a run that hangs too', async () => {
  const it = scheduled({ outcomes: [true, false, false, false, true, 'held'] });
  await it.clock.moveTo('2024-03-01T13:30:00Z');
  expect(it.overdue).toEqual(['12:00 ']);
  await it.clock.moveTo('2024-03-01T18:30:00Z');
  expect(it.runs.at(-1)).toBe('15:00 all');
  expect(it.overdue).toEqual(['12:00 ', '16:00 ']);
  await it.end();
});

test('what comes due in quiet hours runs once at their end, and is not overdue meanwhile', async () => {
  // Quiet from 11:30 to 15:15.
  const quiet = { from: Date.parse('2024-03-01T11:30:00Z'), to: Date.parse('2024-03-01T15:15:00Z') };
  const notBefore = (_job: Job, moment: number) => (moment >= quiet.from && moment < quiet.to ? quiet.to : moment);
  const it = scheduled({ notBefore });
  await it.clock.moveTo('2024-03-01T15:15:00Z');
  expect(it.overdue).toEqual([]);
  await it.clock.moveTo('2024-03-01T16:30:00Z');
  await it.end();
  expect(it.runs).toEqual(['10:00 all', '11:00 all', '15:15 all', '16:15 all']);
  expect(it.said).toEqual(['11:00', '15:15', '16:15', '17:15']);
  const begunInside = scheduled({ notBefore, start: '2024-03-01T12:00:00Z' });
  await begunInside.clock.moveTo('2024-03-01T15:30:00Z');
  await begunInside.end();
  expect(begunInside.runs).toEqual(['15:15 all']);
});

test('the signal ends a wait at once, and a run in progress once it has ended', async () => {
  const waiting = scheduled();
  await settle();
  await waiting.end();
  const running = scheduled({ outcomes: ['held'] });
  await settle();
  await running.end();
  expect(running.runs).toHaveLength(1);
});

test('pipelines are grouped by timing; without timings of their own all are one job', () => {
  const pipeline = (name: string, timing?: Timing) => ({
    ...{ name, timing, file: '', description: undefined, sources: [], models: [] },
  });
  expect(jobsOf([pipeline('a'), pipeline('b')], hourly)).toEqual([{ pipelines: [], timing: hourly }]);
  expect(jobsOf([pipeline('a'), pipeline('b', nightly), pipeline('c')], hourly)).toEqual([
    { pipelines: ['a', 'c'], timing: hourly },
    { pipelines: ['b'], timing: nightly },
  ]);
  expect(
    pipelinesOf([
      { pipelines: ['a'], timing: hourly },
      { pipelines: [], timing: nightly },
    ]),
  ).toEqual([]);
});

test('a wrong cron expression is an error of usage', () => {
  expect(() => nextTick({ kind: 'cron', expression: '61 * * * *', timezone: 'UTC' }, 0)).toThrow(/'61 \* \* \* \*'/);
});
