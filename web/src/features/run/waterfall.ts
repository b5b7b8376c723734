/** Where the bars of a waterfall lie: pure arithmetic on the times of jobs and steps. */

import type { Job, Step } from '~/api/types';
import { isFailure, shownStatus, type Status } from '~/lib/status';

export interface BarPart {
  /** Percent of the axis. */
  left: number;
  width: number;
}

export interface WaterfallRow {
  key: string;
  level: 1 | 2;
  name: string;
  status: Status;
  job: Job;
  /** The number of the step, in the row of one. */
  step: number | null;
  queue: BarPart | null;
  run: BarPart | null;
  /** Whether it is still going. */
  open: boolean;
  waitSeconds: number | null;
  runSeconds: number | null;
  /** On the longest chain of jobs; `null` where nobody knows which waits for which. */
  critical: boolean | null;
  /** How much sooner the run would end without it, in seconds. */
  couldSave: number | null;
  /** Why there is no bar, or what is odd about it. */
  remark: string | null;
  children: number;
}

export interface Axis {
  from: number;
  to: number;
  /** Whether there is more than it shows: its length was locked at another run. */
  isCut?: boolean;
}

/** Times before this are zeros of some clock, not times of jobs. */
const earliest = Date.parse('2015-01-01T00:00:00Z');

function instant(text: string | null): number | null {
  if (text === null) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) || at < earliest ? null : at;
}

/** From the first job's creation to the last end; what is running ends now. */
export function axisOf(jobs: readonly Job[], attempt: number, now: number): Axis {
  const own = jobs.filter((job) => job.attempt === attempt);
  const all = own.length > 0 ? own : jobs;
  const starts = all
    .flatMap((job) => [instant(job.created_at), instant(job.started_at)])
    .filter((at) => at !== null);
  const ends = all
    .map((job) => (job.status === 'running' ? now : instant(job.finished_at)))
    .filter((at) => at !== null);
  const from = Math.min(...starts);
  if (!Number.isFinite(from)) return { from: now - 1000, to: now };
  const to = Math.max(from + 1000, ...ends, ...(ends.length === 0 ? [now] : []));
  return { from, to };
}

/** The axis that a locked scale leaves: as many milliseconds a pixel as where it was locked. */
export function lockedAxis(whole: Axis, scale: number, width: number): Axis {
  const to = whole.from + scale * width;
  return { from: whole.from, to, isCut: to < whole.to };
}

function part(axis: Axis, from: number, to: number): BarPart | null {
  if (to < axis.from || from > axis.to) return null;
  const length = axis.to - axis.from;
  const left = Math.max(0, (from - axis.from) / length);
  const right = Math.min(1, (to - axis.from) / length);
  return { left: left * 100, width: Math.max(0, right - left) * 100 };
}

/** What a locked scale cannot show of a bar, in words. */
function beyond(axis: Axis, from: number, to: number): string | null {
  if (axis.isCut !== true || to <= axis.to) return null;
  return from > axis.to ? 'begins beyond' : 'goes on beyond';
}

function both(...remarks: readonly (string | null)[]): string | null {
  const said = remarks.filter((remark) => remark !== null);
  return said.length === 0 ? null : said.join(', ');
}

/** One row for a job, with the part it waited and the part it ran. */
export function jobRow(job: Job, axis: Axis, attempt: number, now: number): WaterfallRow {
  const status = shownStatus(job.status, job.conclusion);
  const created = instant(job.created_at);
  const started = instant(job.started_at);
  const open = job.status === 'running';
  const ended = open ? now : instant(job.finished_at);
  const isOther = job.attempt !== attempt;
  const timed = started !== null && ended !== null && ended >= started && status !== 'skipped';
  const waits = job.status === 'queued' && created !== null ? now : started;
  const waited = !isOther && created !== null && waits !== null && waits > created;
  const ran = timed && !isOther;
  const late = ran ? beyond(axis, started, ended) : waited ? beyond(axis, created, waits) : null;
  return {
    key: `job ${job.id}`,
    level: 1,
    name: job.name,
    status,
    job,
    step: null,
    queue: waited ? part(axis, created, waits) : null,
    run: ran ? part(axis, started, ended) : null,
    open,
    waitSeconds: job.queue_s,
    runSeconds: open && started !== null ? (now - started) / 1000 : job.duration_s,
    critical: job.on_critical_path ?? null,
    couldSave: job.exclusive_s ?? null,
    remark: both(remarkOn(job, status, timed, isOther), late),
    children: job.steps.length,
  };
}

function remarkOn(job: Job, status: Status, timed: boolean, isOther: boolean): string | null {
  if (isOther) return `from attempt ${job.attempt}`;
  if (status === 'skipped') return 'skipped';
  if (job.status === 'queued') return 'waiting for a runner';
  if (!timed) return 'no timing';
  return job.has_clock_skew ? '⚠ runner clock differs' : null;
}

/** One row for a step. */
export function stepRow(job: Job, step: Step, axis: Axis, now: number): WaterfallRow {
  const status = shownStatus(step.status, step.conclusion);
  const started = instant(step.started_at);
  const open = step.status === 'running';
  const ended = open ? now : instant(step.finished_at);
  const timed = started !== null && ended !== null && ended >= started && status !== 'skipped';
  return {
    key: `step ${job.id} ${step.number}`,
    level: 2,
    name: step.name,
    status,
    job,
    step: step.number,
    queue: null,
    run: timed ? part(axis, started, ended) : null,
    open,
    waitSeconds: null,
    runSeconds: status === 'skipped' ? null : step.duration_s,
    critical: null,
    couldSave: null,
    remark: status === 'skipped' ? 'skipped' : timed ? beyond(axis, started, ended) : 'no timing',
    children: 0,
  };
}

/** Jobs in the order in which they started; failed ones are open from the start. */
export function jobsInTime(jobs: readonly Job[]): Job[] {
  const start = (job: Job): number => instant(job.started_at) ?? instant(job.created_at) ?? Infinity;
  return [...jobs].sort((one, other) => start(one) - start(other) || one.id - other.id);
}

/** Whether somebody knows which job waits for which, and so which jobs the run was waiting for. */
export function knowsCriticalPath(jobs: readonly Job[]): boolean {
  return jobs.some((job) => job.on_critical_path != null);
}

/** Characters at the end of a long name that are never left out. */
const tail = 16;

/** A name in two parts, of which the first may be cut short: in a matrix the ends tell jobs apart. */
export function splitName(name: string): [start: string, end: string] {
  // Cut between whole characters, of which some are two units long.
  const letters = Array.from(name);
  if (letters.length <= 2 * tail) return [name, ''];
  const end = letters.slice(-tail).join('');
  // Where there is one among them, a whole word begins the end.
  const [broken = ''] = /^[^\s,/]*[\s,/]+(?=\S)/.exec(end) ?? [];
  const start = name.slice(0, name.length - end.length + broken.length);
  return [start.trimEnd(), end.slice(broken.length)];
}

/** The jobs whose steps are shown before anybody has chosen. */
export function openAtFirst(jobs: readonly Job[]): Set<number> {
  return new Set(jobs.filter((job) => isFailure(job.status)).map((job) => job.id));
}

/** Marks along the axis at round lengths, as many as there is room for. */
export function axisMarks(axis: Axis, most = 6): { seconds: number; left: number }[] {
  const length = (axis.to - axis.from) / 1000;
  const seconds = [1, 2, 5, 10, 15, 30];
  const minutes = [1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 180, 240];
  const sizes = [...seconds, ...minutes.map((size) => size * 60)];
  const step = sizes.find((size) => length / size <= most) ?? 28_800;
  const marks = [];
  for (let at = 0; at < length; at += step) marks.push({ seconds: at, left: (at / length) * 100 });
  return marks;
}
