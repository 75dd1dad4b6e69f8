/** What only the sources can tell a plan: a cursor that no index starts with has every read scan its whole table. */
import type { Config } from '../config/types.js';
import type { SourceDatabase } from '../engines/contract.js';
import { loadEngine } from '../engines/registry.js';
import { type Problem, toEtlError } from '../errors.js';
import { toSourceRead } from '../extract/source-read.js';
import { maskSecrets } from '../mask.js';
import type { Project, Source } from '../pipeline/types.js';
import type { Plan } from '../plan/types.js';

/** The plan with the warnings of its sources added; a source that cannot be asked is a warning too. */
export async function withSourceWarnings(plan: Plan, config: Config, project: Project): Promise<Plan> {
  const warnings = new Map<string, readonly Problem[]>();
  const sources = plan.steps.flatMap(({ step }) => project.sources.get(step) ?? []);
  const connectionOf = (source: Source) => source.connection ?? config.run.from;
  for (const name of new Set(sources.map(connectionOf))) {
    const group = sources.filter((source) => connectionOf(source) === name);
    for (const [table, problems] of await askConnection(config, name, group)) warnings.set(table, problems);
  }
  return {
    ...plan,
    steps: plan.steps.map((step) => ({ ...step, warnings: [...step.warnings, ...(warnings.get(step.step) ?? [])] })),
  };
}

async function askConnection(
  config: Config,
  name: string,
  sources: readonly Source[],
): Promise<ReadonlyMap<string, readonly Problem[]>> {
  const connection = config.connections[name];
  if (connection === undefined) return new Map();
  let database: SourceDatabase | undefined;
  try {
    const engine = await loadEngine(connection.type);
    database = await engine.openSource(connection, { timeoutMs: config.run.timeoutMs, label: 'chat-etl plan' });
    const asked = database;
    return new Map(
      await Promise.all(sources.map(async (source) => [source.table, await indexWarning(asked, source)] as const)),
    );
  } catch (thrown) {
    const message = `'${name}' cannot be asked about its indexes: ${toEtlError(thrown).message}`;
    const [first] = sources;
    return first === undefined
      ? new Map()
      : new Map([[first.table, [warningAt(first, maskSecrets(message, config.secrets))]]]);
  } finally {
    await database?.close();
  }
}

/** Where no index serves the source's cursor. */
export async function indexWarning(database: SourceDatabase, source: Source): Promise<readonly Problem[]> {
  const read = toSourceRead(source);
  if (read.cursor === undefined || (await database.hasCursorIndex(read)) !== false) return [];
  const columns = [read.cursor.column, ...source.key].join(', ');
  return [
    warningAt(
      source,
      `no index starts with ${read.cursor.column}: each read scans the whole table (an index on (${columns}) helps)`,
    ),
  ];
}

function warningAt(source: Source, message: string): Problem {
  return { severity: 'warning', message, where: source.where };
}
