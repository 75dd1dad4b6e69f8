/** Where the tests get a MySQL-compatible server from. */
import { availableParallelism } from 'node:os';
import { dockerAnswers, startContainer } from './container.js';
import { canInstall, installServer } from './install.js';
import { installedServer, startPrivateServer } from './private-server.js';
import { type Say, type TestServer, waitUntilAnswers } from './server.js';

const howToGetOne = `Some tests need a MySQL-compatible server and none was found. One of these is enough:
  * CHAT_ETL_TEST_MYSQL_URL=mysql://user:password@host:port/ of a server on which that user may create databases (or several of them);
  * Docker, with its engine running;
  * MariaDB 10.6+ or MySQL 8.0+ installed (mariadbd or mysqld on the PATH); it need not run:
      Debian, Ubuntu: sudo apt-get install mariadb-server      macOS: brew install mariadb      Fedora: sudo dnf install mariadb-server`;

/** Those in CHAT_ETL_TEST_MYSQL_URL, which may name several, separated by spaces. */
function givenUrls(): readonly string[] {
  return (process.env.CHAT_ETL_TEST_MYSQL_URL ?? '').split(/\s+/).filter((url) => url !== '');
}

/** How many test files may run at once: tests of databases wait more than they compute. Each worker has a server for itself. */
export function workerCount(): number {
  return givenUrls().length || availableParallelism() + 1;
}

/**
 * Those given, else `count` of the first kind that can be had: containers, an installed one in temporary folders, one
 * installed by apt.
 */
export async function findServers(count: number, say: Say): Promise<readonly TestServer[]> {
  const given = givenUrls();
  if (given.length > 0) return Promise.all(given.map(useGiven));
  const several = (start: () => Promise<TestServer>) => Promise.all(Array.from({ length: count }, start));
  if (await dockerAnswers()) {
    try {
      return await several(() => startContainer(say));
    } catch (error) {
      say(`Docker answers but a container could not be started: ${error instanceof Error ? error.message : error}`);
    }
  }
  const installed = await installedServer();
  if (installed !== undefined) return several(() => startPrivateServer(installed));
  if (await canInstall()) {
    await installServer(say);
    const binary = await installedServer();
    if (binary !== undefined) return several(() => startPrivateServer(binary));
  }
  throw new Error(howToGetOne);
}

async function useGiven(url: string): Promise<TestServer> {
  try {
    const version = await waitUntilAnswers(url, 10_000);
    return { url, description: `${version} at CHAT_ETL_TEST_MYSQL_URL`, stop: async () => {} };
  } catch (error) {
    throw new Error('CHAT_ETL_TEST_MYSQL_URL is set but no server can be used there', { cause: error });
  }
}
