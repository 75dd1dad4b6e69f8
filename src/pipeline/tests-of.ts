/** Which data tests a table has, and which tables they need. */
import type { DataTest, Project } from './types.js';

export function testsOf(project: Project, table: string): readonly DataTest[] {
  return project.sources.get(table)?.tests ?? project.models.get(table)?.model.tests ?? [];
}

/** Tables that the relationship tests of a table look into. */
export function testedAgainst(project: Project, table: string): readonly string[] {
  return testsOf(project, table).flatMap((test) => (test.kind === 'relationship' ? [test.toTable] : []));
}
