/** The log of a job: opens at the line that matters, folds, searches, and links to its lines. */

import { clsx } from 'clsx';
import { useCallback, useMemo, useRef, useState } from 'react';
import type { LogMeta } from '~/api/types';
import { FoldRow } from '~/features/logs/FoldRow';
import type { Fold } from '~/features/logs/folds';
import { readHash, type LineRange } from '~/features/logs/hash';
import { LogFooter } from '~/features/logs/LogFooter';
import { LogLine } from '~/features/logs/LogLine';
import { LogRows, type Goal, type Sight } from '~/features/logs/LogRows';
import { LogRuler } from '~/features/logs/LogRuler';
import { LogTools, type Looks } from '~/features/logs/LogTools';
import { foldsOf, marksOf, openingLine } from '~/features/logs/outline';
import { useAppended } from '~/features/logs/useAppended';
import { useChosenLines } from '~/features/logs/useChosenLines';
import { useCopyRows } from '~/features/logs/useCopyRows';
import { useFolding } from '~/features/logs/useFolding';
import { useFollowing } from '~/features/logs/useFollowing';
import { useLog } from '~/features/logs/useLog';
import { useLogKeys } from '~/features/logs/useLogKeys';
import { useNovelty } from '~/features/logs/useNovelty';
import { useSearchInLog } from '~/features/logs/useSearchInLog';
import { counted } from '~/lib/numbers';
import { Button } from '~/ui/Button';

const mostWrapped = 100_000;

/** Where one is in a log. */
export interface Place {
  line: number;
  /** Whether one stays at its end. */
  follows: boolean;
}

interface LogViewProps {
  meta: LogMeta;
  /** The job's page at its provider. */
  page: string | null;
  /** Where one was in the text before this one. */
  place: Place | null;
  /** The log is another one now, not this one with more lines; where one was in it. */
  onReplaced: (place: Place) => void;
}

/** The viewer of a log that is stored. */
export function LogView({ meta, page, place, onReplaced }: LogViewProps) {
  const lines = useChosenLines();
  const { chosen, choose } = lines;
  const [opening] = useState(() => openAt(meta, place, chosen));
  const { log, source } = useLog({ jobId: meta.job_id, lines: meta.lines, bytes: meta.bytes, etag: meta.etag }, opening);
  const [looks, setAllLooks] = useState<Looks>({ wraps: false, withTime: false, isFull: false, onlyNew: false });
  const setLooks = useCallback((some: Partial<Looks>) => setAllLooks((before) => ({ ...before, ...some })), []);
  const novelty = useNovelty(meta.job_id, meta.etag, looks.onlyNew, log.total);
  const outline = useMemo(() => foldsOf(meta), [meta]);
  const folds = novelty.folds ?? outline;
  const folding = useFolding(folds, log.total, opening);
  const { rows } = folding;
  const [goal, setGoal] = useState<Goal>(() => ({
    row: rows.indexOf(opening),
    align: 'center',
    turn: opening > 1 ? 1 : 0,
  }));
  const region = useRef<HTMLDivElement>(null);
  const searchBox = useRef<HTMLInputElement>(null);
  const [isSearching, setIsSearching] = useState(false);
  const sight = useRef<Sight>({ first: 0, last: 0, isBack: false });

  const show = useCallback((row: number, align: Goal['align']) => {
    setGoal((before) => ({ row, align, turn: before.turn + 1 }));
  }, []);
  const goTo = (line: number): void => show(folding.reveal(line), 'center');
  const following = useFollowing(!meta.complete, place?.follows ?? chosen === null, log.total, () => show(rows.count - 1, 'end'));
  const { isOn: follows, stop: stopFollowing } = following;
  const onSight = useCallback(
    (seen: Sight) => {
      sight.current = seen;
      if (seen.isBack && follows) stopFollowing();
    },
    [follows, stopFollowing],
  );
  const leaveAndGo = (line: number): void => {
    stopFollowing();
    goTo(line);
  };
  const search = useSearchInLog(source, log, leaveAndGo);
  // An address that changes while the page lives, by hand or by a step back, is gone to as well.
  const [arrived, setArrived] = useState(lines.arrived);
  if (arrived !== lines.arrived) {
    setArrived(lines.arrived);
    const there = readHash(lines.arrived);
    if (there !== null) goTo(there.from);
  }
  const [errorAt, setErrorAt] = useState(() => meta.errors.indexOf(opening));
  const goToError = (steps: number): void => {
    const number = meta.errors.length;
    if (number === 0) return;
    const next = (Math.max(errorAt, steps > 0 ? -1 : 0) + steps + number) % number;
    setErrorAt(next);
    leaveAndGo(meta.errors[next] ?? 1);
  };
  const lineAt = (index: number): number => {
    const row = rows.row(Math.min(index, rows.count - 1));
    if (row === null) return 1;
    return row.kind === 'line' ? row.line : row.fold.first;
  };
  const lineInSight = (): number => lineAt(sight.current.first + 1);
  useAppended(meta, source, () => {
    const { first, last } = sight.current;
    onReplaced({ line: lineAt(Math.round((first + last) / 2)), follows });
  });
  const onArrow = useLogKeys({
    searchBox,
    isSearching,
    looks,
    setLooks,
    lines,
    onError: goToError,
    onFold: () => folding.toggleAt(lines.end ?? lineInSight()),
    onFoldAll: folding.toggleAll,
    onTop: () => {
      stopFollowing();
      show(0, 'center');
    },
    onEnd: () => (following.isOpen ? following.go() : show(rows.count - 1, 'end')),
    onFollow: () => (follows ? stopFollowing() : following.go()),
    inSight: lineInSight,
    total: log.total,
    goTo: (line) => {
      const row = folding.reveal(line);
      if (row < sight.current.first + 1 || row > sight.current.last - 1) show(row, 'center');
    },
  });
  useCopyRows(region, source, chosen);
  const marks = useMemo(() => marksOf(meta), [meta]);
  const updates = useMemo(() => updatesOf(outline), [outline]);
  const here = search.matches?.lines[search.here];
  const wraps = looks.wraps && rows.count <= mostWrapped;
  return (
    <div className={clsx('flex flex-col bg-bg', looks.isFull && 'fixed inset-0 z-40')}>
      <div onFocus={(event) => setIsSearching(event.target === searchBox.current)} onBlur={() => setIsSearching(false)}>
        <LogTools
          meta={meta}
          search={search}
          box={searchBox}
          onError={goToError}
          onStep={leaveAndGo}
          hasFolds={folds.some((fold) => fold.kind !== 'updates')}
          allFolded={folding.allClosed}
          onFoldAll={folding.toggleAll}
          looks={looks}
          canWrap={rows.count <= mostWrapped}
          setLooks={setLooks}
        />
      </div>
      {log.trouble !== null && (
        <p role="alert" className="flex items-center gap-2 px-3 py-1 text-control text-fail">
          The log could not be loaded: {log.trouble}.
          <Button onClick={() => source.load(log.first)}>Retry</Button>
        </p>
      )}
      {log.first > 1 && (
        <p className="flex flex-wrap items-center gap-2 bg-warn-tint px-3 py-1 text-control text-warn-tint-on">
          This log is very large: the first {counted(log.first - 1, 'line')} are shown as you come to them, but not
          searched.
          <Button onClick={() => source.load(1)}>Load them</Button>
        </p>
      )}
      {meta.lines === 0 && meta.complete && (
        <p className="px-3 py-2 text-control text-ink-2">This log is empty: the job wrote nothing.</p>
      )}
      {novelty.words !== null && (
        <p role="status" className="px-3 py-1 text-control text-ink-2">
          {novelty.words}
        </p>
      )}
      <div
        className={clsx('relative pr-2.5', looks.isFull ? 'min-h-0 flex-1' : 'h-[calc(100dvh-15rem)] min-h-80 max-sm:h-[calc(100dvh-23rem)]')}
        onKeyDown={onArrow}
      >
        <LogRows
          rows={rows}
          label={`Log of job ${meta.name}`}
          wraps={wraps}
          goal={goal}
          box={region}
          ready={log.last}
          onSight={onSight}
        >
          {(index) => {
            const row = rows.row(index);
            if (row === null) return null;
            if (row.kind === 'fold') {
              const { fold } = row;
              return (
                <FoldRow key={`fold ${fold.key}`} fold={fold} isOpen={!folding.closed.has(fold.key)} onToggle={folding.toggle} />
              );
            }
            const { line } = row;
            const written = updates.get(line);
            return (
              <LogLine
                key={line}
                number={line}
                line={source.line(line)}
                mark={marks.get(line) ?? null}
                isChosen={chosen !== null && line >= chosen.from && line <= chosen.to}
                isHere={line === here}
                isDim={novelty.isKnown(line)}
                withTime={looks.withTime}
                wraps={wraps}
                matcher={search.matcherOf(line)}
                updates={written}
                hidesUpdates={written !== undefined && folding.closed.has(written.key)}
                onChoose={choose}
                onToggle={folding.toggle}
              />
            );
          }}
        </LogRows>
        <LogRuler rows={rows} matches={search.matches?.lines ?? null} errors={meta.errors} onGo={leaveAndGo} />
      </div>
      <LogFooter meta={meta} log={log} source={source} chosen={chosen} page={page} following={following} />
    </div>
  );
}

/** The line to open at: where one was, what the address names, or what matters. */
function openAt(meta: LogMeta, place: Place | null, chosen: LineRange | null): number {
  if (place === null) return chosen?.from ?? openingLine(meta);
  return place.follows ? Math.max(meta.lines, 1) : Math.min(place.line, Math.max(meta.lines, 1));
}

/** What a progress bar wrote before a line, by that line. */
function updatesOf(folds: readonly Fold[]): Map<number, Fold> {
  return new Map(folds.flatMap((fold) => (fold.kind === 'updates' ? [[fold.last + 1, fold]] : [])));
}
