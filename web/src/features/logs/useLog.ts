/** A log as the page has it: a first window at once, everything from a worker soon after. */

import { useCallback, useEffect, useRef, useState } from 'react';
import { addressOf, read } from '~/api/client';
import type { Matches, Wanted } from '~/features/logs/logIndex';
import type { Reply, Request } from '~/features/logs/messages';

const block = 200;
const windowLines = 400;

export interface LoadedLog {
  /** How many lines are known to be there. */
  total: number;
  /** What a line says; undefined while it is on its way, and then it is asked for. */
  line: (number: number) => string | undefined;
  search: (wanted: Wanted) => Promise<Matches>;
  isComplete: boolean;
  trouble: string | null;
  retry: () => void;
}

/** Load the log of a job; `around` is the line to show first. */
export function useLog(jobId: number, known: number, around: number): LoadedLog {
  const lines = useRef(new Map<number, string>());
  const asked = useRef(new Set<number>());
  const worker = useRef<Worker | null>(null);
  const searches = useRef(new Map<number, (matches: Matches) => void>());
  const ready = useRef(0);
  const serial = useRef(0);
  const [state, setState] = useState({ total: known, isComplete: false, version: 0 });
  const [trouble, setTrouble] = useState<string | null>(null);
  const [tries, setTries] = useState(0);

  const take = useCallback((first: number, some: readonly string[]): void => {
    for (const [index, line] of some.entries()) lines.current.set(first + index, line);
    setState((before) => ({ ...before, version: before.version + 1 }));
  }, []);

  useEffect(() => {
    const stop = new AbortController();
    read('/api/v1/jobs/{job_id}/log/window', {
      path: { job_id: jobId },
      query: { around, count: windowLines },
      signal: stop.signal,
    }).then(
      (found) => take(found.first_line, found.lines),
      // The worker says what is wrong, if it has no more luck.
      () => undefined,
    );
    return () => stop.abort();
    // Where it opens is decided once.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [jobId, tries]);

  useEffect(() => {
    const made = new Worker(new URL('./logWorker.ts', import.meta.url), { type: 'module' });
    worker.current = made;
    const waiting = searches.current;
    made.addEventListener('message', (event: MessageEvent<Reply>) => {
      const reply = event.data;
      if (reply.kind === 'progress') {
        ready.current = reply.lines;
        asked.current.clear();
        setState((before) => ({
          total: Math.max(known, reply.lines),
          isComplete: reply.done,
          version: before.version + 1,
        }));
      } else if (reply.kind === 'lines') take(reply.first, reply.lines);
      else if (reply.kind === 'failed') setTrouble(reply.detail);
      else {
        waiting.get(reply.id)?.(reply.matches);
        waiting.delete(reply.id);
      }
    });
    const address = new URL(addressOf(`/api/v1/jobs/${jobId}/log`), window.location.href).href;
    made.postMessage({ kind: 'open', address } satisfies Request);
    return () => {
      made.terminate();
      worker.current = null;
    };
  }, [jobId, known, take, tries]);

  const line = (number: number): string | undefined => {
    const found = lines.current.get(number);
    if (found === undefined && number <= ready.current) {
      const first = Math.floor((number - 1) / block) * block + 1;
      if (!asked.current.has(first)) {
        asked.current.add(first);
        const id = (serial.current += 1);
        worker.current?.postMessage({ kind: 'lines', id, first, last: first + block - 1 } satisfies Request);
      }
    }
    return found;
  };
  const search = useCallback((wanted: Wanted): Promise<Matches> => {
    const id = (serial.current += 1);
    return new Promise((resolve) => {
      searches.current.set(id, resolve);
      worker.current?.postMessage({ kind: 'search', id, wanted } satisfies Request);
    });
  }, []);
  const retry = useCallback(() => {
    setTrouble(null);
    setTries((before) => before + 1);
  }, []);
  return { total: state.total, isComplete: state.isComplete, line, search, trouble, retry };
}
