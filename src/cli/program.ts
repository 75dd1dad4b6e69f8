/** All commands together: parses the command line, runs one, prints what it threw. Nothing heavy is imported here. */
import yargs, { type Argv } from 'yargs';
import { EtlError, toEtlError } from '../errors.js';
import { didYouMean } from '../nearest.js';
import { toolVersion } from '../version.js';
import { commonOptions } from './common.js';
import * as demo from './demo.js';
import { exitCodeOf, exitCodes } from './exit.js';
import * as history from './history.js';
import * as init from './init.js';
import * as plan from './plan.js';
import { printError } from './print-error.js';
import * as run from './run.js';
import * as schedule from './schedule.js';
import * as status from './status.js';
import * as validate from './validate.js';

/** Runs the program with these arguments; the exit code, which a handler may have set in `process.exitCode`. */
export async function runProgram(args: readonly string[]): Promise<number> {
  process.exitCode = undefined;
  try {
    await parser(args).parseAsync();
    return Number(process.exitCode ?? exitCodes.ok);
  } catch (thrown) {
    const error = toEtlError(thrown);
    await printError(error);
    return exitCodeOf(error);
  }
}

function parser(args: readonly string[]): Argv {
  return (
    yargs([...args])
      .scriptName('chat-etl')
      .usage('$0 <command>\n\nYAML says what, SQL says how, the engine does the rest.')
      .command(run.command)
      .command(schedule.command)
      .command(validate.command)
      .command(plan.command)
      .command(history.command)
      .command(status.command)
      .command(init.command)
      .command(demo.command)
      .completion('completion', 'Print a script for shell completion')
      .options(commonOptions)
      .demandCommand(1, 'a command is missing')
      .strict()
      .version(toolVersion)
      .alias('help', 'h')
      .epilogue(
        'Exit codes: 0 ok, 1 run failed, 2 bad usage or definitions, 3 another run holds the warehouse, 130 interrupted.',
      )
      .wrap(Math.min(100, process.stdout.columns ?? 100))
      .exitProcess(false)
      // Thrown on, so that mistakes in usage and errors of handlers end in one place.
      .fail((message: string | null, error: Error | undefined, usage: Argv) => {
        throw error ?? usageError(message ?? 'wrong usage', usage);
      })
  );
}

const commandNames = ['run', 'schedule', 'validate', 'plan', 'history', 'status', 'init', 'demo', 'completion'];

function usageError(message: string, usage: Argv): EtlError {
  const unknown = /^Unknown (?:argument|command)s?: (.*)$/.exec(message)?.[1]?.split(', ')[0];
  const suggestion = unknown === undefined ? undefined : didYouMean(unknown, [...commandNames, ...optionNames(usage)]);
  return new EtlError('USAGE', message, {
    hint: suggestion ?? "chat-etl --help lists the commands, chat-etl run --help a command's flags",
  });
}

/** The flags of the command that was parsed; yargs keeps them, but its types do not say so. */
function optionNames(usage: Argv): readonly string[] {
  const { getOptions } = usage as unknown as {
    getOptions?: () => { readonly key?: Readonly<Record<string, unknown>> };
  };
  return Object.keys(getOptions?.call(usage).key ?? {});
}
