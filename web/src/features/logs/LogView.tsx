/** The log of a job: opens at the line that matters, folds, searches, and links to its lines. */

import { useNavigate, useRouterState } from '@tanstack/react-router';
import { useCallback, useMemo, useRef, useState } from 'react';
import type { LogMeta } from '~/api/types';
import { stripCodes } from '~/features/logs/ansi';
import { holding, inOrder, layOut, type Fold } from '~/features/logs/folds';
import { readHash, writeHash, type LineRange } from '~/features/logs/hash';
import { unstamp } from '~/features/logs/lines';
import { LogLine } from '~/features/logs/LogLine';
import { LogRows, type Goal } from '~/features/logs/LogRows';
import { LogTools, type Looks } from '~/features/logs/LogTools';
import { useLog } from '~/features/logs/useLog';
import { useSearchInLog } from '~/features/logs/useSearchInLog';
import { useKeys } from '~/lib/keys';
import { counted, count } from '~/lib/numbers';
import { appearanceOf, isFailure, shownStatus } from '~/lib/status';
import { duration } from '~/lib/time';
import { Button } from '~/ui/Button';
import { copyText } from '~/ui/CopyButton';
import { Icon } from '~/ui/Icon';

const mostWrapped = 100_000;
const mostCopied = 50_000;

/** The viewer of a log that is stored. */
export function LogView({ meta }: { meta: LogMeta }) {
  const hash = useRouterState({ select: (state) => state.location.hash });
  const navigate = useNavigate();
  const chosen = useMemo(() => readHash(hash), [hash]);
  const folds = useMemo(() => foldsOf(meta), [meta]);
  const [opening] = useState(() => chosen?.from ?? openingLine(meta));
  const log = useLog(meta.job_id, meta.lines, opening);
  const [closed, setClosed] = useState(() => closedAtFirst(folds, opening));
  const rows = useMemo(() => layOut(log.total, folds, closed), [log.total, folds, closed]);
  const [goal, setGoal] = useState<Goal>(() => ({
    row: rows.indexOf(opening),
    turn: opening > 1 ? 1 : 0,
  }));
  const [looks, setLooks] = useState<Looks>({ wraps: false, withTime: false });
  const box = useRef<HTMLInputElement>(null);

  const goTo = useCallback(
    (line: number) => {
      const open = new Set(closed);
      for (const key of holding(folds, line)) open.delete(key);
      setClosed(open);
      const row = layOut(log.total, folds, open).indexOf(line);
      setGoal((before) => ({ row, turn: before.turn + 1 }));
    },
    [closed, folds, log.total],
  );
  const search = useSearchInLog(log, goTo);
  // What was chosen here is in sight already.
  const [own, setOwn] = useState('');
  const choose = useCallback(
    (number: number, extend: boolean) => {
      const from = extend && chosen !== null ? Math.min(chosen.from, number) : number;
      const to = extend && chosen !== null ? Math.max(chosen.from, number) : number;
      const written = writeHash({ from, to });
      setOwn(written);
      void navigate({
        to: '.',
        search: true,
        hash: written,
        replace: true,
        resetScroll: false,
        hashScrollIntoView: false,
      } as Parameters<typeof navigate>[0]);
    },
    [chosen, navigate],
  );
  // An address that changes while the page lives, by hand or by a step back, is gone to as well.
  const [gone, setGone] = useState(hash);
  if (gone !== hash) {
    setGone(hash);
    if (chosen !== null && hash !== own) goTo(chosen.from);
  }
  const [errorAt, setErrorAt] = useState(() => meta.errors.indexOf(opening));
  const goToError = (steps: number): void => {
    const number = meta.errors.length;
    if (number === 0) return;
    const next = (Math.max(errorAt, steps > 0 ? -1 : 0) + steps + number) % number;
    setErrorAt(next);
    goTo(meta.errors[next] ?? 1);
  };
  useKeys({
    n: () => goToError(1),
    'Shift+N': () => goToError(-1),
    'Mod+f': () => box.current?.focus(),
  });
  const marks = useMemo(() => marksOf(meta), [meta]);
  const allFolded = folds.every((fold) => closed.has(fold.key));
  const here = search.matches?.lines[search.here];
  return (
    <>
      <LogTools
        jobId={meta.job_id}
        search={search}
        box={box}
        errors={meta.errors.length}
        onError={goToError}
        hasFolds={folds.length > 0}
        allFolded={allFolded}
        onFoldAll={() => setClosed(allFolded ? new Set() : new Set(folds.map((fold) => fold.key)))}
        looks={looks}
        canWrap={rows.count <= mostWrapped}
        setLooks={setLooks}
      />
      {log.trouble !== null && (
        <p role="alert" className="flex items-center gap-2 px-3 py-1 text-control text-fail">
          The log could not be loaded: {log.trouble}
          <Button onClick={log.retry}>Retry</Button>
        </p>
      )}
      <LogRows
        rows={rows}
        label={`Log of job ${meta.name}`}
        wraps={looks.wraps && rows.count <= mostWrapped}
        goal={goal}
      >
        {(index) => {
          const row = rows.row(index);
          if (row === null) return null;
          if (row.kind === 'fold') {
            const { fold } = row;
            const isOpen = !closed.has(fold.key);
            const toggle = (): void => {
              const after = new Set(closed);
              if (isOpen) after.add(fold.key);
              else after.delete(fold.key);
              setClosed(after);
            };
            return <FoldRow key={`fold ${fold.key}`} fold={fold} isOpen={isOpen} onToggle={toggle} />;
          }
          const { line } = row;
          return (
            <LogLine
              key={line}
              number={line}
              line={log.line(line)}
              mark={marks.get(line) ?? null}
              isChosen={chosen !== null && line >= chosen.from && line <= chosen.to}
              isHere={line === here}
              withTime={looks.withTime}
              wraps={looks.wraps}
              matcher={search.matcher}
              onChoose={choose}
            />
          );
        }}
      </LogRows>
      <p className="flex flex-wrap items-center gap-3 border-t border-line px-3 py-1 text-caption text-ink-2">
        {chosen === null ? (
          <span>{counted(log.total, 'line')}{log.isComplete ? '' : ', loading…'}</span>
        ) : (
          <Chosen range={chosen} line={log.line} />
        )}
      </p>
    </>
  );
}

function Chosen({ range, line }: { range: LineRange; line: (number: number) => string | undefined }) {
  const { from, to } = range;
  const text = (): string =>
    Array.from({ length: Math.min(to - from + 1, mostCopied) }, (_, index) =>
      stripCodes(unstamp(line(from + index) ?? '').text),
    ).join('\n');
  return (
    <>
      <span>{from === to ? `Line ${count(from)}` : `Lines ${count(from)}–${count(to)}`}</span>
      <button type="button" className="min-h-6 underline" onClick={() => void copyText(text(), 'Text copied')}>
        Copy text
      </button>
      <button type="button" className="min-h-6 underline" onClick={() => void copyText(window.location.href, 'Link copied')}>
        Copy link
      </button>
    </>
  );
}

function FoldRow({ fold, isOpen, onToggle }: { fold: Fold; isOpen: boolean; onToggle: () => void }) {
  const status = fold.status === undefined ? null : shownStatus(fold.status, null);
  const lines = fold.last - fold.first + (fold.kind === 'step' ? 1 : 0);
  return (
    <div role="listitem" className="flex h-5 min-w-full bg-sunken font-mono text-caption leading-5">
      <span className="w-18 shrink-0 pr-2 text-right text-ink-2 select-none">
        {fold.kind === 'group' ? fold.first : ''}
      </span>
      <button type="button" aria-expanded={isOpen} className="flex min-w-0 items-center gap-1 pl-1 text-left whitespace-pre hover:underline" onClick={onToggle}>
        <Icon name={isOpen ? 'down' : 'right'} className="size-3 text-ink-3" />
        <span className={fold.kind === 'step' ? 'font-semibold' : ''}>{stripCodes(fold.title)}</span>
        <span className="text-ink-2">
          {' '}({counted(lines, 'line')}{fold.seconds == null ? '' : `, ${duration(fold.seconds)}`})
          {status === null ? '' : ` ${appearanceOf(status).word}`}
        </span>
      </button>
    </div>
  );
}

function foldsOf(meta: LogMeta): Fold[] {
  const steps = meta.steps.flatMap((step): Fold[] =>
    step.first_line === null || step.last_line === null
      ? []
      : [{ key: `step ${step.number}`, kind: 'step', first: step.first_line, last: step.last_line, title: step.name, status: step.status, seconds: step.duration_s }],
  );
  const ends = steps.map((step) => step.last);
  const groups = meta.groups.map((group): Fold => {
    // A group that nobody closed ends with its step.
    const end = Math.min(group.last_line, ends.find((last) => last >= group.first_line) ?? group.last_line);
    return { key: `group ${group.first_line}`, kind: 'group', first: group.first_line, last: end, title: group.title };
  });
  return inOrder([...steps, ...groups]);
}

function openingLine(meta: LogMeta): number {
  if (!isFailure(meta.status)) return 1;
  return meta.first_error?.line ?? meta.errors[0] ?? 1;
}

function closedAtFirst(folds: readonly Fold[], opening: number): Set<string> {
  const open = new Set(holding(folds, opening));
  const failed = folds.filter((fold) => fold.status !== undefined && isFailure(fold.status));
  return new Set(folds.filter((fold) => !open.has(fold.key) && !failed.includes(fold)).map((fold) => fold.key));
}

function marksOf(meta: LogMeta): Map<number, 'error' | 'warning'> {
  const marks = new Map<number, 'error' | 'warning'>();
  for (const line of meta.warnings) marks.set(line, 'warning');
  for (const line of meta.errors) marks.set(line, 'error');
  return marks;
}
