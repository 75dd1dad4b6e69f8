/** A server in a container. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Say, type TestServer, waitUntilAnswers } from './server.js';
import { serverSettings } from './settings.js';

const image = 'mariadb:10.11';

/** True where a Docker engine runs, not only its command. */
export async function dockerAnswers(): Promise<boolean> {
  try {
    await promisify(execFile)('docker', ['info', '--format', '{{.ServerVersion}}'], { timeout: 5_000 });
    return true;
  } catch {
    return false;
  }
}

export async function startContainer(say: Say): Promise<TestServer> {
  say(`Starting a container of ${image} for the tests`);
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = await new GenericContainer(image)
    .withEnvironment({ MARIADB_ALLOW_EMPTY_ROOT_PASSWORD: '1' })
    .withCommand([...serverSettings])
    .withExposedPorts(3306)
    .withTmpFs({ '/var/lib/mysql': 'rw' })
    // The image first runs a server without a port to make its tables.
    .withWaitStrategy(Wait.forLogMessage(/port: 3306/))
    .start();
  const url = `mysql://root@${container.getHost()}:${container.getMappedPort(3306)}/`;
  const version = await waitUntilAnswers(url, 30_000);
  return {
    url,
    description: `${version} in a container`,
    stop: async () => {
      await container.stop();
    },
  };
}
