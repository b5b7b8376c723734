/** What matches: plain words or a pattern, in a line that is shown or in a chunk of many. */

export interface Wanted {
  term: string;
  isRegex: boolean;
  isCaseSensitive: boolean;
}

export interface Found {
  /** Numbers of the lines that match, rising. */
  lines: number[];
  total: number;
}

export type Matcher = (text: string) => [start: number, end: number][];

/** A text in small letters, each in its place: the one letter that would become two stays one. */
export function foldCase(text: string): string {
  return text.replaceAll('\u0130', 'i').toLowerCase();
}

/** Where a needle is in lines joined by line ends, the first of them of that number. */
export function findIn(text: string, needle: string, first: number): Found {
  const lines: number[] = [];
  let total = 0;
  let line = first;
  let end = -1;
  for (let at = text.indexOf(needle); at !== -1; at = text.indexOf(needle, at + needle.length)) {
    if (end === -1) end = text.indexOf('\n');
    while (end !== -1 && end < at) {
      line += 1;
      end = text.indexOf('\n', end + 1);
    }
    // Behind the last line end everything is of the last line.
    if (end === -1) end = text.length;
    if (lines.at(-1) !== line) lines.push(line);
    total += 1;
  }
  return { lines, total };
}

/** Which of the lines joined by line ends match a pattern. */
export function matchIn(text: string, pattern: RegExp, first: number): Found {
  const lines: number[] = [];
  let total = 0;
  for (const [index, line] of text.split('\n').entries()) {
    const count = placesOf(line, pattern).length;
    if (count > 0) lines.push(first + index);
    total += count;
  }
  return { lines, total };
}

/** The pattern that was written, or null when it is none. */
export function readPattern({ term, isCaseSensitive }: Wanted): RegExp | null {
  try {
    return new RegExp(term, isCaseSensitive ? 'gu' : 'giu');
  } catch {
    return null;
  }
}

/** A function that says where a text matches, or a sentence about what is wrong with the pattern. */
export function makeMatcher(wanted: Wanted): Matcher | string {
  if (wanted.isRegex) {
    const pattern = readPattern(wanted);
    if (pattern === null) return 'This is no valid pattern';
    return (text) => placesOf(text, pattern);
  }
  const { term, isCaseSensitive } = wanted;
  const needle = isCaseSensitive ? term : foldCase(term);
  return (text) => {
    const found: [number, number][] = [];
    const searched = isCaseSensitive ? text : foldCase(text);
    for (let at = searched.indexOf(needle); at !== -1; at = searched.indexOf(needle, at + needle.length)) {
      found.push([at, at + needle.length]);
    }
    return found;
  };
}

function placesOf(text: string, pattern: RegExp): [number, number][] {
  return [...text.matchAll(pattern)]
    .filter((match) => match[0] !== '')
    .map((match) => [match.index, match.index + match[0].length]);
}
