/** Several readers' batches as one stream, in the order in which they come. */

/**
 * A reader is asked for its next batch once its last has been taken, so that each holds one. Where one fails or nobody takes
 * more, the others end too.
 * @param stop makes the readers end soon
 */
export async function* merged<T>(readers: readonly AsyncGenerator<T>[], stop: () => void): AsyncGenerator<T> {
  const asked = new Map<AsyncGenerator<T>, Promise<Answer<T>>>();
  const ask = (reader: AsyncGenerator<T>) => asked.set(reader, answerOf(reader));
  for (const reader of readers) ask(reader);
  try {
    while (asked.size > 0) {
      const { reader, result } = await Promise.race(asked.values());
      asked.delete(reader);
      if (result.done === true) continue;
      yield result.value;
      // Behind those that wait already.
      ask(reader);
    }
  } finally {
    if (asked.size > 0) stop();
    await Promise.allSettled([...asked.values(), ...readers.map((reader) => reader.return(undefined))]);
  }
}

interface Answer<T> {
  readonly reader: AsyncGenerator<T>;
  readonly result: IteratorResult<T>;
}

async function answerOf<T>(reader: AsyncGenerator<T>): Promise<Answer<T>> {
  return { reader, result: await reader.next() };
}
