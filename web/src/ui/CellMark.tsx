/** The look of a status in a small cell: fill, edge, pattern, and a mark where it matters. */

import type { ReactNode } from 'react';
import { appearanceOf, type Status } from '~/lib/status';

const looks: Readonly<Partial<Record<Status, string>>> = {
  success: 'border border-ok-edge bg-ok-fill text-ok-on',
  failure: 'border border-fail-edge bg-fail-fill text-fail-on',
  timed_out: 'border border-fail-edge bg-fail-fill text-fail-on',
  startup_failure: 'border border-fail-edge bg-fail-fill text-fail-on',
  flaky: 'border border-warn-edge bg-warn-fill text-warn-on',
  running: 'border-2 border-dashed border-run-edge text-run',
  queued: 'border-2 border-dotted border-run-edge text-run',
  cancelled: 'border border-neutral-edge hatched',
  action_required: 'border-2 border-action text-action',
  none: 'border border-dotted border-neutral-edge/70',
  unknown: 'border border-dotted border-neutral-edge',
};

/** The classes of a cell with that status. */
export function cellLook(status: Status): string {
  return looks[status] ?? 'border border-neutral-edge';
}

const marks: Readonly<Partial<Record<Status, ReactNode>>> = {
  failure: <path d="M2 2l6 6M8 2 2 8" />,
  timed_out: <path d="M5 1.5V5l2.5 2" />,
  startup_failure: <path d="M5 1.5V6M5 8.4v.1" />,
  flaky: <path d="M1 6c1.3-2.4 2.7-2.4 4-1s2.7 1.4 4-1" />,
  action_required: <path d="M3.5 2v6M6.5 2v6" />,
};

/** What a cell shows instead of its mark where colours are taken away: `data-letter` of the cell. */
export function cellLetter(status: Status): string {
  return appearanceOf(status).letter;
}

/** The mark inside, if the status has one. */
export function CellMark({ status }: { status: Status }) {
  const mark = marks[status];
  if (mark === undefined) return null;
  return (
    <svg
      viewBox="0 0 10 10"
      aria-hidden="true"
      className="cell-mark size-2.5"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.9"
      strokeLinecap="round"
    >
      {mark}
    </svg>
  );
}
