/** The lines that the address names, and choosing others: by click, with Shift, by arrow keys. */

import { useNavigate, useRouterState } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';
import { readHash, writeHash, type LineRange } from '~/features/logs/hash';

export interface ChosenLines {
  chosen: LineRange | null;
  /** Choose one line, or all from the one chosen first to it. */
  choose: (line: number, extend: boolean) => void;
  clear: () => void;
  /** The end of the range that moves. */
  end: number | null;
  /** What the address names, when it was not chosen here. */
  arrived: string;
}

/** Kept in the address, so that it is a link. */
export function useChosenLines(): ChosenLines {
  const hash = useRouterState({ select: (state) => state.location.hash });
  const navigate = useNavigate();
  const chosen = useMemo(() => readHash(hash), [hash]);
  const [own, setOwn] = useState<{ written: string; start: number; end: number }>();
  const held = own?.written === hash ? own : undefined;
  const write = useCallback(
    (written: string) => {
      void navigate({
        to: '.',
        search: true,
        hash: written,
        replace: true,
        resetScroll: false,
        hashScrollIntoView: false,
      } as Parameters<typeof navigate>[0]);
    },
    [navigate],
  );
  const start = held?.start ?? chosen?.from ?? null;
  const choose = useCallback(
    (line: number, extend: boolean) => {
      const from = extend && start !== null ? start : line;
      const written = writeHash({ from: Math.min(from, line), to: Math.max(from, line) });
      setOwn({ written, start: from, end: line });
      write(written);
    },
    [start, write],
  );
  const clear = useCallback(() => {
    setOwn({ written: '', start: 1, end: 1 });
    write('');
  }, [write]);
  return { chosen, choose, clear, end: held?.end ?? chosen?.to ?? null, arrived: held === undefined ? hash : '' };
}
