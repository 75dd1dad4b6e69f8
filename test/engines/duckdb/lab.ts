/** DuckDB files and processes for the tests of the engine. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DuckDBInstance } from '@duckdb/node-api';
import type { ConnectionDefinition, Holder, OpenSettings, Session, Warehouse } from '../../../src/engines/contract.js';
import { engine } from '../../../src/engines/duckdb/index.js';

export const settings: OpenSettings = { timeoutMs: 60_000, label: 'chat-etl test' };
export const holder: Holder = { runId: 'run-1', pid: process.pid, host: 'here', startedAt: '2024-01-01T00:00:00Z' };

const others = new Set<ChildProcess>();

/** A folder of its own, removed after the work; no other process lives on. */
export async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'chat-etl-duckdb-'));
  try {
    await work(folder);
  } finally {
    for (const other of others) await kill(other);
    rmSync(folder, { recursive: true });
  }
}

export function connectionTo(root: string, path: string): ConnectionDefinition {
  return { name: 'files', type: 'duckdb', options: { path }, root };
}

export function openWarehouse(folder: string, path = 'warehouse.duckdb'): Promise<Warehouse> {
  return engine.openWarehouse(connectionTo(folder, path), settings);
}

/** Runs SQL in a file without the engine. */
export async function runSql(path: string, ...statements: readonly string[]): Promise<readonly (readonly unknown[])[]> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  try {
    let rows: readonly (readonly unknown[])[] = [];
    for (const statement of statements) rows = (await connection.runAndReadAll(statement)).getRowsJS();
    return rows;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Another process that has run SQL in a file and keeps it open. */
export async function openElsewhere(path: string, ...statements: readonly string[]): Promise<ChildProcess> {
  const script = `
    const { DuckDBInstance } = require('@duckdb/node-api');
    (async () => {
      const instance = await DuckDBInstance.create(process.argv[1]);
      const connection = await instance.connect();
      for (const statement of process.argv.slice(2)) await connection.run(statement);
      console.log('ready');
      setInterval(() => connection.run('select 1'), 1000);
    })().catch((error) => { console.log(error.message); process.exit(1); });`;
  const child = spawn(process.execPath, ['-e', script, path, ...statements], { stdio: ['ignore', 'pipe', 'inherit'] });
  others.add(child);
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'ready') return child;
    throw new Error(line);
  }
  throw new Error('the other process ended');
}

export async function kill(child: ChildProcess): Promise<void> {
  others.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  await ended;
}

export async function withSession<T>(warehouse: Warehouse, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await warehouse.session();
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
