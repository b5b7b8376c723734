/** Searching in one log: live from two characters, and going from match to match. */

import { useEffect, useMemo, useState } from 'react';
import { makeMatcher, type Matcher, type Matches, type Wanted } from '~/features/logs/logIndex';
import type { LoadedLog } from '~/features/logs/useLog';

const fewest = 2;
const pause = 80;

export interface LogSearch {
  wanted: Wanted;
  setWanted: (wanted: Wanted) => void;
  matches: Matches | null;
  matcher: Matcher | null;
  error: string | null;
  /** Which of the lines with matches one is at, from 0. */
  here: number;
  go: (steps: number) => void;
}

/** `onGo` is told the line of the match one goes to. */
export function useSearchInLog(log: LoadedLog, onGo: (line: number) => void): LogSearch {
  const [wanted, setWanted] = useState<Wanted>({ term: '', isRegex: false, isCaseSensitive: false });
  const [found, setFound] = useState<{ wanted: Wanted; matches: Matches } | null>(null);
  const [here, setHere] = useState(-1);
  const { search, isComplete, total } = log;
  const isLong = wanted.term.length >= fewest;
  const made = useMemo(() => (isLong ? makeMatcher(wanted) : null), [wanted, isLong]);
  useEffect(() => {
    if (!isLong || typeof made === 'string') return;
    let isStale = false;
    const timer = setTimeout(() => {
      void search(wanted).then((matches) => {
        if (!isStale) setFound({ wanted, matches });
      });
    }, pause);
    return () => {
      isStale = true;
      clearTimeout(timer);
    };
  }, [wanted, isLong, made, search, isComplete, total]);
  const matches = isLong && found?.wanted === wanted ? found.matches : null;
  return {
    wanted,
    setWanted: (changed) => {
      setWanted(changed);
      setHere(-1);
    },
    matches,
    matcher: typeof made === 'function' ? made : null,
    error: typeof made === 'string' ? made : (matches?.error ?? null),
    here,
    go: (steps) => {
      const count = matches?.lines.length ?? 0;
      if (count === 0) return;
      const next = (here < 0 ? (steps > 0 ? 0 : count - 1) : here + steps + count) % count;
      setHere(next);
      onGo(matches?.lines[next] ?? 1);
    },
  };
}
