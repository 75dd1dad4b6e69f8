/** Runs the program in this process and catches what it prints. */
import { vi } from 'vitest';
import { runProgram } from '../../src/cli/program.js';

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One at a time: the streams are the process's own. */
export async function chatEtl(...args: readonly string[]): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      stdout += String(text);
      return true;
    }),
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      stderr += String(text);
      return true;
    }),
    // Help and completion are printed by the parser.
    vi.spyOn(console, 'log').mockImplementation((text: unknown) => {
      stdout += `${String(text)}\n`;
    }),
  ];
  try {
    return { code: await runProgram(args), stdout, stderr };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.exitCode = undefined;
  }
}
