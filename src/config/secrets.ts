/** Which values no output may show. */
import { isObject, objectOf } from './raw.js';
import type { YamlPath } from './yaml-file.js';

const secretName = /password|passwd|token|secret|webhook|api_?key|(^|_)url$/i;

/** True for a key, or the name of a variable, whose value is not to be shown. */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

/** True where the last named key of a path holds a secret. */
export function isSecretKey(path: YamlPath): boolean {
  const name = path.findLast((segment) => !/^\d+$/.test(String(segment)));
  return name !== undefined && isSecretName(String(name));
}

/** Passwords of connections and addresses of webhooks, wherever they come from. */
export function writtenSecrets(config: unknown): readonly string[] {
  const { connections, notify } = objectOf(config);
  const passwords = Object.values(objectOf(connections)).map((connection) => objectOf(connection).password);
  const webhooks = (Array.isArray(notify) ? notify : []).map((notice: unknown) =>
    isObject(notice) ? notice.webhook : undefined,
  );
  return [...passwords, ...webhooks].filter(isSecret);
}

/** A variable that is not set stands as it was written: its name is no secret, and the hint has to say it. */
function isSecret(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !/^\$\{\w+(:-[^}]*)?\}$/.test(value);
}
