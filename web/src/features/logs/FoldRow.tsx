/** The row of a step or a group: its title, how long it is and took, how it ended. */

import { clsx } from 'clsx';
import { stripCodes } from '~/features/logs/ansi';
import type { Fold } from '~/features/logs/folds';
import { counted } from '~/lib/numbers';
import { appearanceOf, isFailure, shownStatus } from '~/lib/status';
import { duration } from '~/lib/time';
import { Icon } from '~/ui/Icon';
import { StatusIcon } from '~/ui/StatusIcon';

interface FoldRowProps {
  fold: Fold;
  isOpen: boolean;
  onToggle: (key: string) => void;
}

/** A button across the row opens and folds. */
export function FoldRow({ fold, isOpen, onToggle }: FoldRowProps) {
  const isStep = fold.kind === 'step';
  const status = fold.status === undefined ? null : shownStatus(fold.status, null);
  const lines = fold.last - fold.first + (isStep ? 1 : 0);
  const facts = [counted(lines, 'line'), fold.seconds == null ? '' : duration(fold.seconds)];
  return (
    <div
      role="listitem"
      data-fold={fold.key}
      className={clsx('flex h-5 min-w-full font-mono text-caption leading-5', isStep && 'bg-sunken')}
    >
      <span className="sticky left-0 w-18 shrink-0 pr-2 max-sm:w-15 text-right text-ink-2 select-none">
        {isStep ? '' : fold.first}
      </span>
      <button
        type="button"
        aria-expanded={isOpen}
        className="flex min-w-0 flex-1 items-center gap-1.5 pl-1 text-left whitespace-pre hover:bg-hover"
        onClick={() => onToggle(fold.key)}
      >
        <Icon name={isOpen ? 'down' : 'right'} className="size-3 text-ink-3" />
        {status !== null && (
          <StatusIcon status={status} className={clsx('size-3.5', isFailure(status) ? 'text-fail' : 'text-ink-2')} />
        )}
        {status !== null && <span className="sr-only">{appearanceOf(status).word}</span>}
        <span className={clsx('truncate', isStep && 'font-semibold')}>{stripCodes(fold.title)}</span>
        <span className="shrink-0 text-ink-2">{facts.filter((fact) => fact !== '').join(' · ')}</span>
      </button>
    </div>
  );
}
