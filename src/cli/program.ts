/** All commands together: parses the command line, runs one, prints what it threw. Nothing heavy is imported here. */
import yargs, { type Argv } from 'yargs';
import { EtlError, toEtlError } from '../errors.js';
import { didYouMean } from '../nearest.js';
import { toolVersion } from '../version.js';
import * as backfill from './backfill.js';
import { composeHelpWhenAsked, flagNames } from './common.js';
import * as compile from './compile.js';
import * as demo from './demo.js';
import * as describe from './describe.js';
import * as diff from './diff.js';
import { exitCodeOf, exitCodes } from './exit.js';
import * as helpers from './helpers.js';
import * as history from './history.js';
import * as init from './init.js';
import * as introspect from './introspect.js';
import * as lineage from './lineage.js';
import * as list from './list.js';
import * as begin from './new.js';
import * as plan from './plan.js';
import * as preview from './preview.js';
import { printError } from './print-error.js';
import * as prune from './prune.js';
import * as query from './query.js';
import * as reconcile from './reconcile.js';
import * as run from './run.js';
import * as schedule from './schedule.js';
import * as status from './status.js';
import * as test from './test.js';
import * as validate from './validate.js';

/** Runs the program with these arguments; the exit code, which a handler may have set in `process.exitCode`. */
export async function runProgram(args: readonly string[]): Promise<number> {
  process.exitCode = undefined;
  try {
    await makeParser(args).parseAsync();
    return Number(process.exitCode ?? exitCodes.ok);
  } catch (thrown) {
    const error = toEtlError(thrown);
    await printError(error);
    return exitCodeOf(error);
  }
}

function makeParser(args: readonly string[]): Argv {
  const parser = yargs([...args]);
  composeHelpWhenAsked(parser);
  return (
    parser
      .scriptName('chat-etl')
      .usage('$0 <command>\n\nYAML says what, SQL says how, the engine does the rest.')
      .command(run.command)
      .command(schedule.command)
      .command(validate.command)
      .command(introspect.command)
      .command(plan.command)
      .command(test.command)
      .command(list.command)
      .command(lineage.command)
      .command(compile.command)
      .command(preview.command)
      .command(diff.command)
      .command(query.command)
      .command(describe.command)
      .command(helpers.command)
      .command(backfill.command)
      .command(reconcile.command)
      .command(prune.command)
      .command(history.command)
      .command(status.command)
      .command(init.command)
      .command(begin.command)
      .command(demo.command)
      .completion('completion', 'Print a script for shell completion')
      // For a flag of its own called `--no-deps`.
      .parserConfiguration({ 'boolean-negation': false })
      .demandCommand(1, 'a command is missing')
      .strict()
      .version(toolVersion)
      .alias('help', 'h')
      .updateStrings({ 'Options:': 'Common flags:' })
      .epilogue(exitCodesHelp)
      .wrap(Math.min(100, process.stdout.columns ?? 100))
      .exitProcess(false)
      // Thrown on, so that mistakes in usage and errors of handlers end in one place.
      .fail((message: string | null, error: Error | undefined) => {
        throw error === undefined || error.name === 'YError'
          ? usageError(message ?? 'wrong usage', args, parser)
          : error;
      })
  );
}

const exitCodesHelp =
  'Exit codes: 0 ok, 1 run failed, 2 bad usage or definitions, 3 another run holds the warehouse, 130 interrupted.';

const commandNames = [
  'run',
  'schedule',
  'validate',
  'introspect',
  'plan',
  'test',
  'list',
  'lineage',
  'compile',
  'preview',
  'query',
  'describe',
  'reconcile',
  'history',
  'status',
  'init',
  'demo',
  'completion',
];

function usageError(message: string, args: readonly string[], parser: Argv): EtlError {
  const unknown = /^Unknown (?:argument|command)s?: (.*)$/.exec(message)?.[1]?.split(', ')[0];
  const help = 'chat-etl --help lists the commands, chat-etl run --help the flags of one';
  if (unknown === undefined) return new EtlError('USAGE', message, { hint: help });
  const flag = args.map((arg) => arg.split('=')[0] ?? '').find((arg) => arg.startsWith('-') && arg.endsWith(unknown));
  if (flag !== undefined) {
    const hint =
      didYouMean(
        flag,
        flagNames(parser).map((name) => `--${name}`),
      ) ?? help;
    return new EtlError('USAGE', `there is no flag ${flag}`, { hint });
  }
  const isCommand = args.find((arg) => !arg.startsWith('-')) === unknown;
  const what = isCommand ? `no command is called '${unknown}'` : `the argument '${unknown}' is too much`;
  return new EtlError('USAGE', what, { hint: (isCommand ? didYouMean(unknown, commandNames) : undefined) ?? help });
}
