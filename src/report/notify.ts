/** Notices: a command or a webhook is told when runs fail, recover or are overdue. A notice that fails is a warning. */
import { spawn } from 'node:child_process';
import type { NotifySettings } from '../config/types.js';
import { maskSecrets } from '../mask.js';

export interface Notice {
  readonly kind: 'failure' | 'recovery' | 'overdue';
  /** A sentence for people; the name `text` is what chat systems' webhooks show. */
  readonly text: string;
  /** UTC, ISO 8601. */
  readonly at: string;
  readonly runId?: string;
  readonly batch?: number;
  readonly pipelines?: readonly string[];
  readonly failedSteps?: readonly string[];
  readonly error?: { readonly code: string; readonly message: string; readonly where?: string };
}

export interface NotifyOptions {
  readonly secrets: readonly string[];
  /** The folder commands run in. */
  readonly folder: string;
  /** Bound on one command or webhook; 10 s by default. */
  readonly timeoutMs?: number;
}

/** Sends a notice to everybody who asked for its kind; the warnings about those that could not be told. */
export async function notify(
  settings: readonly NotifySettings[],
  notice: Notice,
  options: NotifyOptions,
): Promise<readonly string[]> {
  const body = JSON.stringify(notice, (_key, value: unknown) =>
    typeof value === 'string' ? maskSecrets(value, options.secrets) : value,
  );
  const interested = settings.filter((setting) => setting.on.includes(notice.kind));
  const sent = await Promise.allSettled(interested.map((setting) => send(setting, body, options)));
  return sent.flatMap((result) => (result.status === 'rejected' ? [warning(result.reason, options.secrets)] : []));
}

async function send(setting: NotifySettings, body: string, options: NotifyOptions): Promise<void> {
  const timeoutMs = options.timeoutMs ?? 10_000;
  if (setting.command !== undefined) await runCommand(setting.command, body, options.folder, timeoutMs);
  if (setting.webhook !== undefined) await callWebhook(setting.webhook, body, timeoutMs);
}

async function callWebhook(url: string, body: string, timeoutMs: number): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    signal: AbortSignal.timeout(timeoutMs),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the webhook answered ${response.status}`);
}

function runCommand(command: string, input: string, folder: string, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, { shell: true, cwd: folder, stdio: ['pipe', 'ignore', 'pipe'], timeout: timeoutMs });
    let complaint = '';
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-500);
    });
    // A command that does not read its input may be gone before all of it is written.
    child.stdin.on('error', () => {});
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else
        reject(new Error(`the command ended with ${signal ?? code}${complaint === '' ? '' : `: ${complaint.trim()}`}`));
    });
    child.stdin.end(input);
  });
}

function warning(reason: unknown, secrets: readonly string[]): string {
  const cause = reason instanceof Error && reason.cause instanceof Error ? `: ${reason.cause.message}` : '';
  const text = reason instanceof Error ? `${reason.message}${cause}` : String(reason);
  return maskSecrets(`a notice could not be sent: ${text}`, secrets);
}
