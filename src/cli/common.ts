/** The flags that all commands share. */
import type { Argv, CommandModule, Options } from 'yargs';

export interface CommonArguments {
  readonly env?: string | undefined;
  readonly root: string;
  readonly json: boolean;
  readonly logFormat?: 'text' | 'json' | undefined;
  readonly quiet: boolean;
}

const group = 'Common flags:';

export const commonOptions = {
  env: { group, type: 'string', requiresArg: true, describe: 'Environment of the config to lay over it, e.g. prod' },
  root: { group, type: 'string', requiresArg: true, default: '.', describe: 'Folder of the project' },
  json: { group, type: 'boolean', default: false, describe: 'Print the result as JSON on stdout' },
  'log-format': {
    group,
    choices: ['text', 'json'] as const,
    describe: 'Form of the progress on stderr and of the log file; the config says otherwise',
  },
  quiet: { group, type: 'boolean', alias: 'q', default: false, describe: 'No progress on stderr' },
} as const satisfies Record<string, Options>;

interface CommandParts<Flags> {
  readonly command: string;
  readonly describe: string;
  readonly builder: (parser: Argv) => Argv<unknown>;
  readonly handler: (flags: Flags) => Promise<void>;
}

/** A command whose handler gets its flags typed; yargs' own types lose the camel case of a builder's flags. */
export function defineCommand<Flags extends CommonArguments>(parts: CommandParts<Flags>): CommandModule {
  return parts as unknown as CommandModule;
}

/** Writes data to stdout. */
export function printData(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Says something to a person, on stderr. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Prints a value as JSON on stdout; bigints as digits. */
export function printJson(value: unknown): void {
  printData(JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? String(part) : part), 2));
}
