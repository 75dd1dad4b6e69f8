/** Readers of a DuckDB warehouse: never locked out of its copy, and told of it where they lock a run out. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { chatEtl } from '../cli/capture.js';
import { kill, openElsewhere, runSql } from '../engines/duckdb/lab.js';

const reader = fileURLToPath(new URL('./copy-reader.mjs', import.meta.url));
const killRun = fileURLToPath(new URL('./kill-run.mjs', import.meta.url));

const files = {
  'pipelines/items.yaml': `pipeline: items
sources:
  items: { table: items, key: id }
models:
  total: { sql: total.sql, strategy: table }
`,
  'sql/total.sql': 'select count(*) as n from {{ref "stg_items"}}\n',
};

interface Shop {
  readonly root: string;
  readonly warehouse: string;
  readonly copy: string;
  run(): ReturnType<typeof chatEtl>;
  /** Adds a row to the source. */
  sell(): Promise<unknown>;
}

async function openShop(options = 'publish_copy: data/olap.ro.duckdb'): Promise<Shop> {
  const root = mkdtempSync(join(tmpdir(), 'chat-etl-copy-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const folder of ['pipelines', 'sql', 'data']) mkdirSync(join(root, folder));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(root, file), text);
  writeFileSync(
    join(root, 'chat-etl.config.yaml'),
    `connections:
  oltp: { type: duckdb, path: data/oltp.duckdb }
  olap: { type: duckdb, path: data/olap.duckdb${options === '' ? '' : `, ${options}`} }
run: { from: oltp, into: olap }
`,
  );
  const source = join(root, 'data/oltp.duckdb');
  await runSql(source, 'create table items as select range as id from range(1000)');
  return {
    root,
    warehouse: join(root, 'data/olap.duckdb'),
    copy: join(root, 'data/olap.ro.duckdb'),
    run: () => chatEtl('run', '--root', root),
    sell: () => runSql(source, 'insert into items select max(id) + 1 from items'),
  };
}

interface Look {
  readonly items?: number;
  readonly total?: number;
  readonly error?: string;
}

/** Everything that a reading process has seen until it is stopped. */
async function startReader(file: string, ...how: readonly string[]) {
  const child = spawn(process.execPath, [reader, file, ...how], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => kill(child));
  const looks: Look[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => looks.push(JSON.parse(line)));
  const next = () => once(lines, 'line');
  await next();
  return { looks, next, stop: () => kill(child) };
}

test('readers are never locked out over many runs, see each state whole, and keep what they have open', async () => {
  const { copy, run, sell } = await openShop();
  expect(await run()).toMatchObject({ code: 0 });
  const dashboard = await startReader(copy);
  const notebook = await startReader(copy, 'once');
  for (let round = 1; round <= 6; round++) {
    await sell();
    expect(await run()).toMatchObject({ code: 0 });
    await dashboard.next();
  }
  await dashboard.next();
  await notebook.next();
  await Promise.all([dashboard.stop(), notebook.stop()]);
  expect(dashboard.looks.filter(({ items, total, error }) => error !== undefined || items !== total)).toEqual([]);
  expect(new Set(dashboard.looks.map(({ total }) => total)).size).toBeGreaterThan(3);
  expect(dashboard.looks.at(-1)).toEqual({ items: 1006, total: 1006 });
  expect(notebook.looks.at(-1)).toEqual({ items: 1000, total: 1000 });
});

test('a run that changes nothing leaves the copy, one that finds none makes it', async () => {
  const { root, copy, run, sell } = await openShop();
  const first = await run();
  expect(first.stderr).toMatch(/copied the warehouse for readers: .* MB, .* ms|copied the warehouse for readers: .* s/);
  const { ino } = statSync(copy);
  expect((await run()).stderr).not.toContain('copied');
  expect(statSync(copy).ino).toBe(ino);
  rmSync(copy);
  expect((await run()).stderr).toContain('copied');
  const { ino: made } = statSync(copy);
  await sell();
  expect((await run()).stderr).toContain('copied');
  expect(statSync(copy).ino).not.toBe(made);
  const [log = ''] = readdirSync(join(root, 'logs'));
  expect(log).toMatch(/^etl_log_/);
});

test('the run has said that it succeeded before the copy is begun', async () => {
  const { root } = await openShop();
  const { stderr } = await chatEtl('run', '--root', root, '--log-format', 'json');
  const events = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).event);
  expect(events.slice(-3)).toEqual(['run-finished', 'copy-started', 'copy-published']);
});

test('a program that has the warehouse itself open makes the run exit 3, naming it and the remedy', async () => {
  const { warehouse, run } = await openShop('');
  expect(await run()).toMatchObject({ code: 0 });
  const other = await openElsewhere(warehouse);
  const { code, stdout } = await run();
  expect(code).toBe(3);
  expect(stdout).toContain(`is held by process ${other.pid} (`);
  expect(stdout).toContain('hint: close the program that has the file open; `publish_copy` of the connection');
  await kill(other);
});

test('who has the warehouse open though there is a copy is told where the copy is', async () => {
  const { warehouse, copy, run } = await openShop();
  expect(await run()).toMatchObject({ code: 0 });
  const other = await openElsewhere(warehouse);
  expect((await run()).stdout).toContain(`readers can open ${copy}`);
  await kill(other);
});

test('a copy that cannot be made is a warning of a run that succeeded, and the next run makes it', async () => {
  const { root, copy, run } = await openShop();
  mkdirSync(copy);
  const { code, stdout } = await run();
  expect(code).toBe(0);
  expect(stdout).toMatch(/! the copy for readers could not be made, the next run tries again: /);
  expect(readdirSync(join(root, 'data')).filter((name) => name.includes('copying'))).toEqual([]);
  rmSync(copy, { recursive: true });
  expect((await run()).stderr).toContain('copied');
});

test('what a reader has open never changes: a copy takes its place and is not written over it', async () => {
  const { copy, run, sell } = await openShop();
  expect(await run()).toMatchObject({ code: 0 });
  const opened = openSync(copy, 'r');
  onTestFinished(() => closeSync(opened));
  const bytes = () => {
    const all = Buffer.alloc(fstatSync(opened).size);
    readSync(opened, all, 0, all.length, 0);
    return all;
  };
  const before = bytes();
  await sell();
  expect((await run()).stderr).toContain('copied');
  expect(bytes().equals(before)).toBe(true);
  expect(readFileSync(copy).equals(before)).toBe(false);
});

async function exitOf(child: ChildProcess): Promise<string | number> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return signal ?? code ?? -1;
}

test('a process killed before or in the middle of the copy leaves the last one whole, and the next run makes the new one', async () => {
  const { root, copy, run, sell } = await openShop();
  expect(await run()).toMatchObject({ code: 0 });
  for (const point of ['copy-started:', 'copying:']) {
    const before = await runSql(copy, 'select n from total');
    await sell();
    const killed = spawn(process.execPath, [killRun, root, point], { stdio: ['ignore', 'ignore', 'inherit'] });
    expect(await exitOf(killed), point).toBe('SIGKILL');
    expect(existsSync(`${copy}.${killed.pid}.copying`), point).toBe(point === 'copying:');
    expect(await runSql(copy, 'select n from total'), point).toEqual(before);
    const next = await run();
    expect(next.stderr, point).toContain('copied');
    expect(readdirSync(join(root, 'data')).filter((name) => name.includes('copying'))).toEqual([]);
    expect(Number((await runSql(copy, 'select n from total'))[0]?.[0])).toBe(Number(before[0]?.[0]) + 1);
  }
});
