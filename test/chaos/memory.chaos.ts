/** Memory stays bounded however many rows are loaded: the peak of the process beside what the warehouse itself may take. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Lab, openLab, type Target } from '../e2e/lab.js';
import { isLong } from './form.js';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const megabytes = 1024 * 1024;
const besideIt = 512 * megabytes;

const millions = isLong ? 10 : 2;
const longRows = 20;
const longRowBytes = 10_000_000;
/** The exit code of a comparison that found differences. */
const differing = 1;

/** Where the rows go, and what that may take of its own in this process. */
interface Into {
  readonly target: Target;
  readonly options: Readonly<Record<string, unknown>>;
  readonly ownBytes: number;
}

const mysql: Into = { target: 'mysql', options: {}, ownBytes: 0 };

function duckdbOf(mebibytes: number): Into {
  return { target: 'duckdb', options: { memory_limit: `${mebibytes}MiB` }, ownBytes: mebibytes * megabytes };
}

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

/** Runs the program to its end, which is well where its exit code is as given; bytes of memory at its peak. */
async function peakOf(lab: Lab, command: 'run' | 'reconcile', endsWith = 0): Promise<number> {
  const child = spawn(process.execPath, [program, command], { cwd: lab.root, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk));
  let peak = 0;
  const watching = setInterval(async () => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
    peak = Math.max(peak, Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024);
  }, 50);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(watching);
  expect(code, Buffer.concat(output).toString()).toBe(endsWith);
  return peak;
}

/** Two runs, the second after `change`; each stays within the bound beside what the warehouse may take. */
async function holdsMemory(lab: Lab, { ownBytes }: Into, change: string): Promise<void> {
  const first = await peakOf(lab, 'run');
  await lab.oltp.query(change);
  const second = await peakOf(lab, 'run');
  const [shownFirst, shownSecond] = [first, second].map((bytes) => `${Math.round(bytes / megabytes)} MB`);
  const { currentTestName } = expect.getState();
  process.stderr.write(`${currentTestName}: at most ${shownFirst} in the first load, ${shownSecond} after a change\n`);
  for (const peak of [first, second]) {
    expect(peak).toBeGreaterThan(50 * megabytes);
    expect(peak - ownBytes).toBeLessThan(besideIt);
  }
}

describe.skipIf(process.platform !== 'linux').each([duckdbOf(300), mysql])('$target $options', (into) => {
  test(`${millions} million rows`, async () => {
    const lab = await openLab({
      target: into.target,
      through: { olap: into.options },
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
    await holdsMemory(lab, into, 'update big set grp = grp + 1, updated_at = now(6)');
    const [counted] = await lab.query('select count(*) as n, sum(chars) as chars from fact_big');
    const [inSource] = await lab.oltp.query(
      'select count(*) as n, cast(sum(length(body)) as signed) as chars from big',
    );
    expect([Number(counted?.n), Number(counted?.chars)]).toEqual([millions * 1_000_000, Number(inSource?.chars)]);
  });
});

describe.skipIf(process.platform !== 'linux').each([duckdbOf(1024), mysql])('$target $options', (into) => {
  test(`${longRows} rows of 10 MB`, async () => {
    const lab = await openLab({
      target: into.target,
      through: { olap: into.options },
      oltp: [
        'create table documents (id bigint primary key, grp int, body longtext, updated_at datetime(6), key (updated_at, id))',
        ...Array.from(
          { length: longRows },
          (_, id) =>
            `insert into documents values (${id}, 0, concat(${id}, repeat('x', ${longRowBytes})), '2024-01-01')`,
        ),
      ],
      files: {
        'pipelines/p.yaml': `
pipeline: p
sources: { documents: { table: documents, key: id, incremental: { cursor: updated_at } } }
models: { fact_document: { sql: fact_document.sql, strategy: merge, key: id } }
`,
        'sql/fact_document.sql': 'select id, grp, length(body) as chars from {{delta "stg_documents"}}',
      },
    });
    onTestFinished(() => lab.close());
    await holdsMemory(lab, into, `update documents set body = concat(body, 'y'), updated_at = now(6)`);
    const sizes = 'select count(*) as n, sum(chars) as chars from';
    const [copied] = await lab.query(
      `${sizes} (select length(body) as chars from stg_documents where body like '%y') d`,
    );
    const [counted] = await lab.query(`${sizes} fact_document`);
    const [inSource] = await lab.oltp.query('select cast(sum(length(body)) as signed) as chars from documents');
    const expected = [longRows, Number(inSource?.chars)];
    expect([Number(copied?.n), Number(copied?.chars)]).toEqual(expected);
    expect([Number(counted?.n), Number(counted?.chars)]).toEqual(expected);
    // Stamped below where reads begin, so that only a comparison finds them.
    await lab.oltp.query("update documents set body = concat(body, 'z'), updated_at = '2023-01-01' where id > 0");
    const comparing = await peakOf(lab, 'reconcile', differing);
    process.stderr.write(`reconcile: at most ${Math.round(comparing / megabytes)} MB\n`);
    expect(comparing - into.ownBytes).toBeLessThan(besideIt);
  });
});
