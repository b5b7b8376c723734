/** Searching in one log: live from two characters, and going from match to match. */

import { useEffect, useEffectEvent, useMemo, useRef, useState } from 'react';
import type { Matches } from '~/features/logs/logIndex';
import { makeMatcher, type Matcher, type Wanted } from '~/features/logs/matching';
import type { Loaded, LogSource } from '~/features/logs/logSource';

const fewest = 2;
const pause = 80;

export interface LogSearch {
  wanted: Wanted;
  setWanted: (wanted: Wanted) => void;
  matches: Matches | null;
  /** For a line that matches: the worker has tried the pattern on it, and come back. */
  matcherOf: (line: number) => Matcher | null;
  error: string | null;
  /** Which of the lines with matches one is at, from 0. */
  here: number;
  go: (steps: number) => void;
}

/** `onGo` is told the line of the match one goes to. */
export function useSearchInLog(source: LogSource, log: Loaded, onGo: (line: number) => void): LogSearch {
  const [wanted, setWanted] = useState<Wanted>({ term: '', isRegex: false, isCaseSensitive: false });
  const [found, setFound] = useState<{ wanted: Wanted; matches: Matches } | null>(null);
  const [here, setHere] = useState(-1);
  // Whoever presses Enter before the matches are there goes on when they are.
  const hurry = useRef(0);
  const { isComplete, last } = log;
  const isLong = wanted.term.length >= fewest;
  const made = useMemo(() => (isLong ? makeMatcher(wanted) : null), [wanted, isLong]);
  const step = (matches: Matches, steps: number): void => {
    const count = matches.lines.length;
    if (count === 0) return;
    const next = (here < 0 ? (steps > 0 ? 0 : count - 1) : here + steps + count) % count;
    setHere(next);
    onGo(matches.lines[next] ?? 1);
  };
  const stepAtLast = useEffectEvent(step);
  useEffect(() => {
    if (!isLong || typeof made === 'string') return;
    let isStale = false;
    const timer = setTimeout(() => {
      source.search(wanted).then(
        (matches) => {
          if (isStale) return;
          setFound({ wanted, matches });
          if (hurry.current !== 0) stepAtLast(matches, hurry.current);
          hurry.current = 0;
        },
        // The log is read anew, and is searched again as it comes in.
        () => undefined,
      );
    }, pause);
    return () => {
      isStale = true;
      clearTimeout(timer);
    };
  }, [wanted, isLong, made, source, isComplete, last]);
  const matches = isLong && found?.wanted === wanted ? found.matches : null;
  return {
    wanted,
    setWanted: (changed) => {
      hurry.current = 0;
      setWanted(changed);
      setHere(-1);
    },
    matches,
    matcherOf: (line) =>
      matches !== null && typeof made === 'function' && has(matches.lines, line) ? made : null,
    error: typeof made === 'string' ? made : (matches?.error ?? null),
    here,
    go: (steps) => {
      if (matches === null) hurry.current = steps;
      else step(matches, steps);
    },
  };
}

/** Whether a line is one of those, which rise. */
function has(lines: Uint32Array, line: number): boolean {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lines[middle] ?? 0) < line) low = middle + 1;
    else high = middle;
  }
  return lines[low] === line;
}
