/** The flags that all commands share. */
import type { Argv, CommandModule, Options } from 'yargs';

export interface CommonArguments {
  readonly env?: string | undefined;
  readonly root: string;
  readonly json: boolean;
  readonly logFormat?: 'text' | 'json' | undefined;
  readonly quiet: boolean;
}

const commonOptions = {
  env: { type: 'string', requiresArg: true, describe: 'Environment of the config to lay over it, e.g. prod' },
  root: { type: 'string', requiresArg: true, default: '.', describe: 'Folder of the project' },
  json: { type: 'boolean', default: false, describe: 'Print the result as JSON on stdout' },
  'log-format': {
    choices: ['text', 'json'] as const,
    describe: 'Form of the progress on stderr and of the log file; the config says otherwise',
  },
  quiet: { type: 'boolean', alias: 'q', default: false, describe: 'No progress on stderr' },
} as const satisfies Record<string, Options>;

interface CommandParts<Flags> {
  readonly command: string;
  readonly describe: string;
  readonly builder: (parser: Argv) => Argv<unknown>;
  readonly handler: (flags: Flags) => Promise<void>;
}

/** A command with the common flags. Its handler gets the flags typed: yargs' own types lose the camel case of a builder's flags. */
export function defineCommand<Flags extends CommonArguments>(parts: CommandParts<Flags>): CommandModule {
  const builder = (parser: Argv) => withGroups(parts.builder(parser)).options(commonOptions);
  return { ...parts, builder } as unknown as CommandModule;
}

/** What the parser keeps and its types do not say. */
interface ParserState {
  getOptions(): {
    readonly key: Readonly<Record<string, unknown>>;
    readonly alias: Readonly<Record<string, readonly string[]>>;
  };
  getGroups(): Readonly<Record<string, readonly string[]>>;
  getInternalMethods(): { getUsageInstance(): { cacheHelpMessage(): void } };
}

/** The parser composes its help at every command, to have it for mistakes in usage; ours are told without it. */
export function composeHelpWhenAsked(parser: Argv<unknown>): void {
  (parser as unknown as ParserState).getInternalMethods().getUsageInstance().cacheHelpMessage = () => {};
}

/** The flags that a parser knows by now, without dashes. */
export function flagNames(parser: Argv<unknown>): readonly string[] {
  return Object.keys((parser as unknown as ParserState).getOptions().key);
}

/** The command's own flags first: what is in no group stands last. */
function withGroups(parser: Argv<unknown>): Argv<unknown> {
  const grouped = Object.values((parser as unknown as ParserState).getGroups()).flat();
  // A flag that is in a group by its alias too would be told twice.
  const aliases = Object.values((parser as unknown as ParserState).getOptions().alias).flat();
  const others = ['help', 'version', ...grouped, ...aliases];
  const own = flagNames(parser).filter((name) => !others.includes(name));
  return own.length === 0 ? parser : parser.group(own, 'Flags:');
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
