/** "Only new lines": what the last green log of the job says as well is folded and dimmed. */

import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { noveltyQuery } from '~/api/logs';
import type { Fold } from '~/features/logs/folds';
import { detailOf } from '~/features/logs/trouble';
import { counted } from '~/lib/numbers';

/** Fewer known lines between two new ones are left where they are. */
const fewestFolded = 3;

export interface NoveltyShown {
  /** In the place of steps and groups; null while all lines are shown. */
  folds: readonly Fold[] | null;
  words: string | null;
  isKnown: (line: number) => boolean;
}

const nothing: NoveltyShown = { folds: null, words: null, isKnown: () => false };

/** Asks the server only once it is wanted. */
export function useNovelty(jobId: number, etag: string | null, isOn: boolean, total: number): NoveltyShown {
  const { data, error } = useQuery({ ...noveltyQuery(jobId, etag), enabled: isOn });
  return useMemo(() => {
    if (!isOn) return nothing;
    if (error !== null) return { ...nothing, words: `Which lines are new is not known: ${detailOf(error)}` };
    if (data === undefined) return { ...nothing, words: 'Comparing with the last green log…' };
    const { ranges } = data;
    const fresh = ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
    return {
      folds: knownFolds(ranges, total),
      words: `${counted(fresh, 'line')} not in the last green log of this job`,
      isKnown: (line) => !isIn(ranges, line),
    };
  }, [isOn, data, error, total]);
}

function knownFolds(ranges: readonly (readonly [number, number])[], total: number): Fold[] {
  const folds: Fold[] = [];
  let from = 1;
  for (const [first, last] of [...ranges, [total + 1, total + 1] as const]) {
    if (first - from >= fewestFolded) {
      const title = 'as in the last green log';
      folds.push({ key: `known ${from}`, kind: 'step', first: from, last: first - 1, title, startsClosed: true });
    }
    from = last + 1;
  }
  return folds;
}

function isIn(ranges: readonly (readonly [number, number])[], line: number): boolean {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle]?.[1] ?? 0) < line) low = middle + 1;
    else high = middle;
  }
  return (ranges[low]?.[0] ?? Infinity) <= line;
}
