/** What names stand for at one place of a template: Handlebars' contexts, data and block parameters. */
import type { NameNode } from './nodes.js';

export interface Scope {
  /** `this`, then those around it (`..`). */
  readonly contexts: readonly unknown[];
  /** `@root`, `@index` and their kin, then those of the loop around (`@../index`). */
  readonly data: readonly Readonly<Record<string, unknown>>[];
  /** What `as |item key|` has named. */
  readonly locals: ReadonlyMap<string, unknown>;
}

export function rootScope(vars: unknown): Scope {
  return { contexts: [vars], data: [{ root: vars }], locals: new Map() };
}

/** Inside of a `with` or of one round of an `each`. */
export function innerScope(scope: Scope, context: unknown, named: Iterable<readonly [string, unknown]>): Scope {
  const isSame = scope.contexts[0] === context;
  return {
    contexts: isSame ? scope.contexts : [context, ...scope.contexts],
    data: scope.data,
    locals: new Map([...scope.locals, ...named]),
  };
}

/** Inside of a loop, with its `@index` and the like. */
export function withData(scope: Scope, data: Readonly<Record<string, unknown>>): Scope {
  return { ...scope, data: [{ ...scope.data[0], ...data }, ...scope.data] };
}

/** Inside of a macro: all that is known where it is called, and its arguments before that. */
export function macroScope({ contexts, data }: Scope, args: Readonly<Record<string, unknown>>): Scope {
  const [context] = contexts;
  return { contexts: [{ ...(context as object), ...args }], data, locals: new Map() };
}

/** What a name stands for; undefined where it is unknown. */
export function lookUp({ contexts, data, locals }: Scope, name: NameNode): unknown {
  const { parts, depth } = name;
  if (name.isData) return memberOf(data[depth], parts);
  const [first = '', ...rest] = parts;
  if (!name.isScoped && locals.has(first)) return memberOf(locals.get(first), rest);
  return memberOf(contexts[depth], parts);
}

/** A value inside of a value; prototypes are out of reach. */
export function memberOf(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (found === undefined || found === null) return found;
    found = Object.hasOwn(Object(found), name) ? (found as Record<string, unknown>)[name] : undefined;
  }
  return found;
}
