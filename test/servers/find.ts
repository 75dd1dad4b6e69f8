/** Where the tests get a MySQL-compatible server from. */
import { dockerAnswers, startContainer } from './container.js';
import { canInstall, installServer } from './install.js';
import { installedServer, startPrivateServer } from './private-server.js';
import { type Say, type TestServer, waitUntilAnswers } from './server.js';

const howToGetOne = `Some tests need a MySQL-compatible server and none was found. One of these is enough:
  * CHAT_ETL_TEST_MYSQL_URL=mysql://user:password@host:port/ of a server on which that user may create databases;
  * Docker, with its engine running;
  * MariaDB 10.6+ or MySQL 8.0+ installed (mariadbd or mysqld on the PATH); it need not run:
      Debian, Ubuntu: sudo apt-get install mariadb-server      macOS: brew install mariadb      Fedora: sudo dnf install mariadb-server`;

/** The first that can be had: the given one, a container, an installed one in a temporary folder, one installed by apt. */
export async function findServer(say: Say): Promise<TestServer> {
  const given = process.env.CHAT_ETL_TEST_MYSQL_URL;
  if (given) return useGiven(given);
  if (await dockerAnswers()) {
    try {
      return await startContainer(say);
    } catch (error) {
      say(`Docker answers but a container could not be started: ${error instanceof Error ? error.message : error}`);
    }
  }
  const installed = await installedServer();
  if (installed !== undefined) return startPrivateServer(installed);
  if (await canInstall()) {
    await installServer(say);
    const binary = await installedServer();
    if (binary !== undefined) return startPrivateServer(binary);
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
