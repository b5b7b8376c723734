/** The shape of a status. Silhouettes differ, so that they can be told apart without colour. */

import { clsx } from 'clsx';
import type { ReactNode } from 'react';
import { appearanceOf, type Family, type Status } from '~/lib/status';

const octagon = 'M4.6 1h4.8L13 4.6v4.8L9.4 13H4.6L1 9.4V4.6z';

/** The inner mark is drawn in the colour of what lies behind the icon. */
function Mark({ d, width = 1.7 }: { d: string; width?: number }) {
  return (
    <path
      d={d}
      fill="none"
      stroke="var(--mark, var(--bg))"
      strokeWidth={width}
      strokeLinecap="round"
      strokeLinejoin="round"
    />
  );
}

const disc = <circle cx="7" cy="7" r="6" fill="currentColor" />;
const stop = <path d={octagon} fill="currentColor" />;
const line = { fill: 'none', stroke: 'currentColor', strokeWidth: 1.6 } as const;
const square = <rect x="1.6" y="1.6" width="10.8" height="10.8" rx="2" {...line} />;

const shapes: Readonly<Record<Status, ReactNode>> = {
  success: (
    <>
      {disc}
      <Mark d="M4.2 7.2 6.2 9.2 9.9 5" />
    </>
  ),
  failure: (
    <>
      {stop}
      <Mark d="m5 5 4 4M9 5 5 9" />
    </>
  ),
  timed_out: (
    <>
      {stop}
      <Mark d="M7 3.8V7l2.3 1.6" />
    </>
  ),
  startup_failure: (
    <>
      {stop}
      <Mark d="M7 3.8v3.7M7 10v.1" />
    </>
  ),
  flaky: (
    <>
      <path d="M7 .6 13.4 7 7 13.4.6 7z" fill="currentColor" />
      <Mark d="M4 7.6c1-1.6 2-1.6 3-.6s2 1 3-.6" width={1.4} />
    </>
  ),
  running: (
    <g className="turning">
      <circle cx="7" cy="7" r="5.6" {...line} strokeWidth={1.8} strokeDasharray="26 9.2" />
      <path d="M5.6 4.6 9.6 7l-4 2.4z" fill="currentColor" />
    </g>
  ),
  queued: <circle cx="7" cy="7" r="5.6" {...line} strokeWidth={1.8} strokeDasharray="1.6 2.8" />,
  cancelled: (
    <>
      {square}
      <path d="M4.2 9.8 9.8 4.2" {...line} />
    </>
  ),
  skipped: (
    <>
      {square}
      <path d="m4.4 4.6 2.2 2.4-2.2 2.4M7.6 4.6 9.8 7 7.6 9.4" {...line} strokeWidth={1.3} />
    </>
  ),
  neutral: (
    <>
      <circle cx="7" cy="7" r="5.4" {...line} />
      <path d="M4.6 7h4.8" {...line} />
    </>
  ),
  stale: (
    <>
      <circle cx="7" cy="7" r="5.4" {...line} />
      <path d="M4.6 7h4.8" {...line} />
    </>
  ),
  action_required: (
    <>
      <path d="M7 1.5 13 12.4H1z" {...line} strokeLinejoin="round" />
      <path d="M5.9 6.6v3.4M8.1 6.6v3.4" {...line} strokeWidth={1.3} />
    </>
  ),
  unknown: (
    <>
      <circle cx="7" cy="7" r="5.6" {...line} strokeDasharray="1.6 2" />
      <path d="M5.5 5.6a1.5 1.5 0 1 1 1.5 1.7v.6M7 9.7v.1" {...line} strokeWidth={1.2} />
    </>
  ),
  none: <circle cx="7" cy="7" r="5.4" {...line} strokeDasharray="1.6 2" />,
};

export const inkOf: Readonly<Record<Family, string>> = {
  ok: 'text-ok',
  fail: 'text-fail',
  warn: 'text-warn',
  run: 'text-run',
  neutral: 'text-neutral',
  action: 'text-action',
};

interface StatusIconProps {
  status: Status;
  /** Pixels; 14 beside text. */
  size?: number;
  /** Spoken when no word stands beside the icon. */
  label?: string;
  className?: string;
}

/** The shape and colour of a status; give it a label where its word is not beside it. */
export function StatusIcon({ status, size = 14, label, className }: StatusIconProps) {
  return (
    <svg
      viewBox="0 0 14 14"
      width={size}
      height={size}
      className={clsx('shrink-0', className ?? inkOf[appearanceOf(status).family])}
      {...(label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label })}
    >
      {shapes[status]}
    </svg>
  );
}

const tints: Readonly<Record<Family, string>> = {
  ok: 'bg-ok-tint text-ok-tint-on [--mark:var(--ok-tint)]',
  fail: 'bg-fail-tint text-fail-tint-on [--mark:var(--fail-tint)]',
  warn: 'bg-warn-tint text-warn-tint-on [--mark:var(--warn-tint)]',
  run: 'bg-run-tint text-run-tint-on [--mark:var(--run-tint)]',
  neutral: 'bg-neutral-tint text-neutral-tint-on',
  action: 'bg-action-tint text-action-tint-on',
};

/** Shape, word and tint of a status. */
export function StatusPill({ status, flaky = false }: { status: Status; flaky?: boolean }) {
  const shown = flaky && status === 'success' ? 'flaky' : status;
  const { word, family } = appearanceOf(shown);
  return (
    <span
      className={clsx(
        'inline-flex h-[22px] items-center gap-1.5 rounded-pill border border-current/35 pr-2 pl-1',
        'text-caption font-medium whitespace-nowrap',
        tints[family],
      )}
    >
      <StatusIcon status={shown} className="" />
      {word}
    </span>
  );
}
