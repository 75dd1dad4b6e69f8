/** Memory stays bounded however many rows are loaded: the peak of the process beside what the warehouse itself may take. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { type Lab, openLab } from '../e2e/lab.js';
import { isLong } from './form.js';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const megabytes = 1024 * 1024;
const besideIt = 512 * megabytes;

const warehouseLimit = 300 * megabytes;
const millions = isLong ? 10 : 2;

/** Numbers from 0 to 999. */
const thousand = `(select a.n + 10 * b.n + 100 * c.n as n from ${['a', 'b', 'c']
  .map((name) => `(select 0 n ${[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `union all select ${n}`).join(' ')}) ${name}`)
  .join(', ')})`;

const filledTable = [
  'create table big (id bigint primary key, grp int, body varchar(100), updated_at datetime(6), key (updated_at, id))',
  ...Array.from(
    { length: millions },
    (_, million) => `insert into big
      select x.n + 1000 * y.n + ${million * 1_000_000}, x.n, concat('row ', x.n, ' of ', y.n), '2024-01-01' + interval y.n minute
      from ${thousand} x, ${thousand} y`,
  ),
];

/** Runs the program to its end; bytes of memory at its peak. */
async function peakOfRun(lab: Lab): Promise<number> {
  const child = spawn(process.execPath, [program, 'run'], { cwd: lab.root, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk));
  let peak = 0;
  const watching = setInterval(async () => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
    peak = Math.max(peak, Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024);
  }, 50);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(watching);
  expect(code, Buffer.concat(output).toString()).toBe(0);
  return peak;
}

test.skipIf(process.platform !== 'linux')(`${millions} million rows into a DuckDB of 300 MiB`, async () => {
  const lab = await openLab({
    target: 'duckdb',
    through: { olap: { memory_limit: '300MiB' } },
    oltp: filledTable,
    files: {
      'pipelines/p.yaml': `
pipeline: p
sources: { big: { table: big, key: id, incremental: { cursor: updated_at } } }
models:
  fact_big: { sql: fact_big.sql, strategy: merge, key: id, tests: [ { unique: id } ] }
  by_group: { sql: by_group.sql, strategy: table, key: grp }
`,
      'sql/fact_big.sql': 'select id, grp, length(body) as chars from {{delta "stg_big"}}',
      'sql/by_group.sql': 'select grp, count(*) as n, sum(chars) as chars from {{ref "fact_big"}} group by grp',
    },
  });
  onTestFinished(() => lab.close());
  const first = await peakOfRun(lab);
  await lab.oltp.query('update big set grp = grp + 1, updated_at = now(6)');
  const all = await peakOfRun(lab);
  const shown = [first, all].map((bytes) => `${Math.round(bytes / megabytes)} MB`);
  process.stderr.write(
    `${millions} million rows: at most ${shown[0]} in the first load, ${shown[1]} with all rows changed\n`,
  );
  const [counted] = await lab.query('select count(*) as n, sum(chars) as chars from fact_big');
  const [inSource] = await lab.oltp.query('select count(*) as n, cast(sum(length(body)) as signed) as chars from big');
  expect([Number(counted?.n), Number(counted?.chars)]).toEqual([millions * 1_000_000, Number(inSource?.chars)]);
  for (const peak of [first, all]) {
    expect(peak).toBeGreaterThan(50 * megabytes);
    expect(peak - warehouseLimit).toBeLessThan(besideIt);
  }
});
