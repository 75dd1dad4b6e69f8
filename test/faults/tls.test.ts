/** Who is at the other end is checked as the config asks for, and what is wrong is said; certificates are made by openssl. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openItemsLab } from '../e2e/items-lab.js';
import type { Lab } from '../e2e/lab.js';
import { type OwnServer, ownServerBinary, startOwnServer } from '../servers/own-server.js';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const sql = { t: 'select id, v from {{ref "stg_items"}}' };

/** In a new folder: `ca.pem`, `other-ca.pem`, and `server.pem` with its key, made by the first for the host `localhost` alone. */
function makeCertificates(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chat-etl-tls-'));
  const openssl = (...words: readonly string[]) => execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' });
  const newKey = ['-newkey', 'rsa:2048', '-nodes', '-days', '2'];
  for (const name of ['ca', 'other-ca']) {
    openssl('req', '-x509', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/CN=${name}`);
  }
  openssl('req', ...newKey, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost');
  writeFileSync(join(folder, 'host'), 'subjectAltName=DNS:localhost');
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'host'];
  openssl('x509', '-req', '-in', 'server.csr', '-out', 'server.pem', ...signed);
  return folder;
}

describe.skipIf(ownServerBinary === undefined || !hasOpenssl)('a server with a certificate of its own', () => {
  let server: OwnServer;
  let folder: string;
  beforeAll(async () => {
    folder = makeCertificates();
    afterAll(() => rmSync(folder, { recursive: true }));
    const [ca, cert, key] = ['ca.pem', 'server.pem', 'server.key'].map((name) => join(folder, name));
    server = await startOwnServer({ settings: [`--ssl-ca=${ca}`, `--ssl-cert=${cert}`, `--ssl-key=${key}`] });
    await server.query(
      `create user careful@'%' identified by 'p' require ssl`,
      `grant select, process on *.* to careful@'%'`,
    );
  });

  /** Reads as a login that the server lets in by TLS alone. */
  const openLab = (connection: Readonly<Record<string, unknown>>): Promise<Lab> =>
    openItemsLab('duckdb', {
      models: { t: 'strategy: table' },
      sql,
      server: server.url,
      through: { oltp: { user: 'careful', password: 'p', ...connection } },
    });
  const file = (name: string): string => join(folder, name);

  test.each([
    ['require: any certificate', '127.0.0.1', { mode: 'require' }],
    ['verify-ca: one of another host', '127.0.0.1', { mode: 'verify-ca', ca: 'ca.pem' }],
    ['verify-identity: that of the host', 'localhost', { mode: 'verify-identity', ca: 'ca.pem' }],
  ] as const)('is read from with %s', async (_name, host, { mode, ...tls }) => {
    const ca = 'ca' in tls ? { ca: file(tls.ca) } : {};
    const lab = await openLab({ host, tls: { mode, ...ca } });
    await lab.runWell();
    expect(await lab.rows('t', 'id')).toHaveLength(3);
  });

  test.each([
    // Another way to write 127.0.0.1 that counts as a name.
    ['of another host', '127.1', { mode: 'verify-identity', ca: 'ca.pem' }, /altnames/],
    ['of an unknown authority', 'localhost', { mode: 'verify-ca', ca: 'other-ca.pem' }, /certificate/],
    ['that the system does not know', 'localhost', { mode: 'verify-identity' }, /certificate/],
  ] as const)('is not, with a certificate %s', async (_name, host, { mode, ...tls }, message) => {
    const ca = 'ca' in tls ? { ca: file(tls.ca) } : {};
    const lab = await openLab({ host, tls: { mode, ...ca } });
    const retries: string[] = [];
    const report = await lab.run({
      onEvent: (event) => void (event.type === 'step-retry' && retries.push(event.step)),
    });
    expect(report).toMatchObject({ status: 'failed', error: { code: 'CONNECTION' } });
    expect(report.error?.message).toMatch(message);
    expect(report.error?.hint).toContain('tls: { mode, ca }');
    expect(retries).toEqual([]);
  });

  test('is not where the host is an address, with which no name could be compared', async () => {
    const lab = await openLab({ tls: { mode: 'verify-identity', ca: file('ca.pem') } });
    const message = expect.stringContaining('needs the name of the host');
    expect((await lab.run()).error).toMatchObject({ code: 'DEFINITION', message });
  });

  test('refuses a login that must use TLS and does not: `tls` is named', async () => {
    const lab = await openLab({});
    const report = await lab.run();
    expect(report).toMatchObject({ status: 'failed', error: { code: 'PRIVILEGE' } });
    expect(report.error?.hint).toContain('`tls`');
  });

  test('that takes nobody without TLS is not reached without: `tls` is named', async () => {
    const lab = await openLab({ user: 'root', password: '' });
    await lab.oltp.query('set global require_secure_transport = on');
    const report = await lab.run();
    await lab.oltp.query('set global require_secure_transport = off');
    // MySQL names its setting, MariaDB refuses the login.
    expect(['CONNECTION', 'PRIVILEGE']).toContain(report.error?.code);
    expect(report.error?.hint).toContain('`tls');
  });
});
