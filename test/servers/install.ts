/** Installs a server where that is allowed: Debian or Ubuntu, as root. */
import { spawn } from 'node:child_process';
import { access } from 'node:fs/promises';
import type { Say } from './server.js';

export async function canInstall(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  return access('/usr/bin/apt-get').then(
    () => true,
    () => false,
  );
}

export async function installServer(say: Say): Promise<void> {
  say('No MySQL-compatible server is installed; installing mariadb-server with apt for the tests (about a minute)');
  await aptGet('update', '-qq');
  await aptGet('install', '-y', '-qq', '--no-install-recommends', 'mariadb-server');
}

function aptGet(...args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('apt-get', args, {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`apt-get ${args.join(' ')} failed with exit code ${code}:\n${output}`));
    });
  });
}
