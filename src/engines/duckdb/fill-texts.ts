/**
 * Texts and bytes -> DuckDB's vectors. A string of DuckDB is 16 bytes: its length, then up to 12 bytes of text; or the first
 * four and a pointer (`duckdb_string_t` of its C API). So all texts of a vector are handed over as one, which DuckDB copies
 * and checks, and each row points into that copy.
 */
import type { DuckDBDataChunk } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { copyToVector, type Fill, type Slice, vectorRows } from './vector.js';

const stringBytes = 16;
/** Texts up to this long lie in the string itself. */
const inlineBytes = 12;

const strings = Buffer.from(new ArrayBuffer(stringBytes * vectorRows));
const words = new Uint32Array(strings.buffer);
const pointers = new BigUint64Array(strings.buffer);
const usualBytes = 1024 * 1024;
let joined = Buffer.allocUnsafe(usualBytes);

export const fillTexts: Fill = (chunk, index, slice) => {
  if (!fillJoined(chunk, index, slice)) fillOneByOne(chunk, index, slice);
};

/** False where a text is no UTF-8. */
function fillJoined(chunk: DuckDBDataChunk, index: number, slice: Slice): boolean {
  const { data, places, first, step, count } = slice;
  const length = joinTexts(slice);
  const base = length === 0 ? 0n : assign(chunk, index, joined.subarray(0, length));
  // Room for huge texts is not kept for ordinary ones.
  if (joined.length > 16 * usualBytes) joined = Buffer.allocUnsafe(usualBytes);
  if (base === undefined) return false;
  let at = 0;
  for (let row = 0, place = first; row < count; row++, place += step) {
    const start = places[place] ?? 0;
    const end = places[place + 1] ?? 0;
    if (end < 0) {
      words.fill(0, 4 * row, 4 * row + 4);
      continue;
    }
    const bytes = end - start;
    words[4 * row] = bytes;
    if (bytes <= inlineBytes) {
      words[4 * row + 1] = 0;
      pointers[2 * row + 1] = 0n;
      for (let byte = 0; byte < bytes; byte++) strings[stringBytes * row + 4 + byte] = data[start + byte] ?? 0;
    } else {
      for (let byte = 0; byte < 4; byte++) strings[stringBytes * row + 4 + byte] = data[start + byte] ?? 0;
      pointers[2 * row + 1] = base + BigInt(at);
    }
    at += bytes + 1;
  }
  copyToVector(chunk, index, slice, strings as Buffer<ArrayBuffer>);
  return true;
}

/** Writes all texts into `joined`, a zero after each: two halves of a character must not make a whole one. */
function joinTexts({ data, places, first, step, count }: Slice): number {
  let at = 0;
  for (let row = 0, place = first; row < count; row++, place += step) {
    const start = places[place] ?? 0;
    const end = places[place + 1] ?? 0;
    if (end < 0) continue;
    const next = at + end - start + 1;
    if (next > joined.length) {
      const larger = Buffer.allocUnsafe(2 * next);
      joined.copy(larger, 0, 0, at);
      joined = larger;
    }
    if (end - start <= inlineBytes)
      for (let from = start; from < end; from++) joined[at + from - start] = data[from] ?? 0;
    else data.copy(joined, at, start, end);
    joined[next - 1] = 0;
    at = next;
  }
  return at;
}

/** Where DuckDB's copy of the bytes lies; undefined where it took them for no text. A short one lies nowhere. */
function assign(chunk: DuckDBDataChunk, index: number, bytes: Buffer): bigint | undefined {
  const vector = duckdb.data_chunk_get_vector(chunk.chunk, index);
  duckdb.vector_assign_string_element_len(vector, 0, bytes);
  const string = Buffer.from(duckdb.vector_get_data(vector, stringBytes));
  if (string.readUInt32LE(0) === bytes.length) return string.readBigUInt64LE(8);
  return undefined;
}

/** Bytes that are no character become the replacement character, as they do in any decoder. */
function fillOneByOne(chunk: DuckDBDataChunk, index: number, { data, places, first, step, count }: Slice): void {
  const vector = chunk.getColumnVector(index);
  for (let row = 0, place = first; row < count; row++, place += step) {
    const end = places[place + 1] ?? 0;
    vector.setItem(row, end < 0 ? null : data.toString('utf8', places[place] ?? 0, end));
  }
  vector.flush();
}
