/** All of a log's bytes, and where its lines are: what the worker keeps and answers from. */

import { stripCodes } from '~/features/logs/ansi';
import { LineStarts, splitLines, unstamp } from '~/features/logs/lines';

export interface Wanted {
  term: string;
  isRegex: boolean;
  isCaseSensitive: boolean;
}

export interface Matches {
  /** Numbers of lines from 1, rising; a line with two matches is there once. */
  lines: Uint32Array;
  /** How often it matches in all. */
  total: number;
  error: string | null;
}

const chunkLines = 4000;
/** A pattern that takes longer than this for one chunk is given up. */
const chunkTime = 200;

/** Grows while the log comes in; answers at any time from what is there. */
export class LogIndex {
  readonly starts = new LineStarts();
  private buffer = new Uint8Array(1 << 20);
  private size = 0;
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  get count(): number {
    return this.starts.count;
  }

  get bytes(): number {
    return this.size;
  }

  /** Take the next piece. */
  add(piece: Uint8Array): void {
    const end = this.size + piece.length;
    if (end > this.buffer.length) {
      const larger = new Uint8Array(Math.max(end, this.buffer.length * 2));
      larger.set(this.buffer.subarray(0, this.size));
      this.buffer = larger;
    }
    this.buffer.set(piece, this.size);
    this.size = end;
    this.starts.add(piece);
  }

  /** The lines first to last, from 1, both included, as far as there are such. */
  lines(first: number, last: number): string[] {
    const from = Math.max(first, 1) - 1;
    const to = Math.min(last, this.count) - 1;
    if (from > to) return [];
    const bytes = this.buffer.subarray(this.starts.start(from), this.starts.end(to));
    const lines = splitLines(this.decoder.decode(bytes));
    // Only the last of them may be cut short by the end of what is there so far.
    while (lines.length < to - from + 1) lines.push('');
    return lines;
  }

  /** Every line that matches, in all of the log. */
  search(wanted: Wanted): Matches {
    const matcher = makeMatcher(wanted);
    if (typeof matcher === 'string') return { lines: new Uint32Array(), total: 0, error: matcher };
    const found: number[] = [];
    let total = 0;
    for (let first = 1; first <= this.count; first += chunkLines) {
      const began = performance.now();
      for (const [index, line] of this.lines(first, first + chunkLines - 1).entries()) {
        const matches = matcher(shownText(line)).length;
        if (matches > 0) found.push(first + index);
        total += matches;
        if (wanted.isRegex && index % 200 === 0 && performance.now() - began > chunkTime) {
          return { lines: Uint32Array.from(found), total, error: 'This pattern takes too long' };
        }
      }
    }
    return { lines: Uint32Array.from(found), total, error: null };
  }
}

/** What a line shows: without its instant and without codes. */
export function shownText(line: string): string {
  return stripCodes(unstamp(line).text);
}

export type Matcher = (text: string) => [start: number, end: number][];

/** A function that says where a text matches, or a sentence about what is wrong with the pattern. */
export function makeMatcher({ term, isRegex, isCaseSensitive }: Wanted): Matcher | string {
  if (term === '') return () => [];
  if (!isRegex) {
    const needle = isCaseSensitive ? term : term.toLowerCase();
    return (text) => places(isCaseSensitive ? text : text.toLowerCase(), needle);
  }
  let pattern: RegExp;
  try {
    pattern = new RegExp(term, isCaseSensitive ? 'gu' : 'giu');
  } catch {
    return 'This is no valid pattern';
  }
  return (text) =>
    [...text.matchAll(pattern)]
      .filter((match) => match[0] !== '')
      .map((match) => [match.index, match.index + match[0].length]);
}

function places(text: string, needle: string): [number, number][] {
  const found: [number, number][] = [];
  let at = text.indexOf(needle);
  while (at !== -1) {
    found.push([at, at + needle.length]);
    at = text.indexOf(needle, at + needle.length);
  }
  return found;
}
