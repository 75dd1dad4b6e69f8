/** Which data tests a table has, and which tables they need. */
import type { DataTest, Project } from './types.js';

export function testsOf(project: Project, table: string): readonly DataTest[] {
  return project.sources.get(table)?.tests ?? project.models.get(table)?.model.tests ?? [];
}

/** All tables that a test of a table looks into. */
export function testedTables(table: string, test: DataTest): readonly string[] {
  if (test.kind === 'sql') return [...new Set([table, ...test.reads])];
  return test.kind === 'relationship' ? [table, test.toTable] : [table];
}

/** Tables that the tests of a table look into, beside their own. */
export function testedAgainst(project: Project, table: string): readonly string[] {
  return testsOf(project, table).flatMap((test) => testedTables(table, test).filter((other) => other !== table));
}
