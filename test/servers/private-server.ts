/** A server of our own, started from an installed program in a temporary folder. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { access, constants, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type TestServer, waitUntilAnswers } from './server.js';
import { serverSettings } from './settings.js';

const run = promisify(execFile);
const sbinFolders = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin', '/usr/local/mysql/bin'];

/** The program in CHAT_ETL_TEST_SERVER, else the full path of an installed `mariadbd` or `mysqld`, if there is one. */
export async function installedServer(): Promise<string | undefined> {
  const given = process.env.CHAT_ETL_TEST_SERVER ?? '';
  if (given !== '') return given;
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...sbinFolders];
  for (const name of ['mariadbd', 'mysqld']) {
    for (const folder of folders) {
      const file = join(folder, name);
      if (await isExecutable(file)) return file;
    }
  }
  return undefined;
}

export interface PrivateServer extends TestServer {
  readonly port: number;
  /** Ends it as a power cut would (SIGKILL); its data stay. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data; `settings` win over those it had. */
  start(settings?: readonly string[]): Promise<void>;
}

export interface PrivateServerOptions {
  /** Options of the server that win over the tests' usual ones. */
  readonly settings?: readonly string[];
  /** Where its data lie; a new temporary folder by default. */
  readonly folder?: string;
}

/** Starts `binary` on a free port of 127.0.0.1, user root without a password. Takes a few seconds. */
export async function startPrivateServer(binary: string, options: PrivateServerOptions = {}): Promise<PrivateServer> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'chat-etl-server-')));
  const data = join(folder, 'data');
  const asUser = process.getuid?.() === 0 ? ['--user=root'] : [];
  try {
    // A server that starts removes all temporary tables in this folder, those of others too.
    const env = { ...process.env, TMPDIR: folder };
    await initialize(binary, data, asUser, env);
    const port = await freePort();
    const url = `mysql://root@127.0.0.1:${port}/`;
    const start = async (settings: readonly string[] = []) => {
      const log = await open(join(folder, 'log'), 'a');
      const child = spawn(
        binary,
        [
          '--no-defaults',
          ...asUser,
          `--datadir=${data}`,
          // A server that starts removes the temporary tables that it finds, other servers' too.
          `--tmpdir=${dirname(data)}`,
          `--socket=${join(folder, 'socket')}`,
          `--pid-file=${join(folder, 'pid')}`,
          `--port=${port}`,
          '--bind-address=127.0.0.1',
          ...serverSettings,
          ...(options.settings ?? []),
          ...settings,
        ],
        // Its own process group: Ctrl-C stops the tests first and the server after them.
        { detached: true, stdio: ['ignore', log.fd, log.fd], env },
      );
      await log.close();
      const watchdog = watch(child, folder);
      const version = await Promise.race([waitUntilAnswers(url, 60_000), failure(child, folder)]);
      return { child, watchdog, version };
    };
    let running = await start();
    return {
      url,
      port,
      description: `${running.version} in a temporary folder`,
      kill: () => kill(running.child, running.watchdog),
      start: async (settings) => {
        running = await start(settings);
      },
      stop: async () => {
        await kill(running.child, running.watchdog);
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function initialize(
  binary: string,
  data: string,
  asUser: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const { stdout } = await run(binary, ['--no-defaults', '--version']);
  if (!stdout.includes('MariaDB')) {
    await run(binary, ['--no-defaults', '--initialize-insecure', ...asUser, `--datadir=${data}`], { env });
    return;
  }
  const options = [
    ...asUser,
    `--datadir=${data}`,
    `--tmpdir=${dirname(data)}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
  ];
  await run('mariadb-install-db', ['--no-defaults', ...options], { env });
}

async function failure(child: ChildProcess, folder: string): Promise<never> {
  const code = await new Promise((resolve, reject) => {
    child.once('exit', resolve);
    child.once('error', reject);
  });
  const log = await readFile(join(folder, 'log'), 'utf8');
  throw new Error(`the private server ended with exit code ${code}:\n${log.slice(-2_000)}`);
}

/** Ends the server and removes its folder when this process is gone, however it ended. */
function watch(server: ChildProcess, folder: string): ChildProcess {
  const script = 'while kill -0 "$1" 2>/dev/null; do sleep 1; done; kill -9 "$2"; rm -rf "$3"';
  const watchdog = spawn('sh', ['-c', script, 'watchdog', String(process.pid), String(server.pid), folder], {
    detached: true,
    stdio: 'ignore',
  });
  watchdog.unref();
  server.unref();
  return watchdog;
}

async function kill(server: ChildProcess, watchdog: ChildProcess): Promise<void> {
  watchdog.kill();
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.ref();
  // Nothing in it is worth an orderly end.
  server.kill('SIGKILL');
  await ended;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
