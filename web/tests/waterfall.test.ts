import { describe, expect, it } from 'vitest';
import type { Job, Step } from '~/api/types';
import { axisMarks, axisOf, jobRow, jobsInTime, knowsCriticalPath, lockedAxis, splitName, stepRow } from '~/features/run/waterfall';

const start = Date.parse('2026-11-20T10:00:00Z');
const at = (seconds: number): string => new Date(start + seconds * 1000).toISOString();

function job(fields: Partial<Job>): Job {
  return {
    id: 1,
    attempt: 1,
    name: 'test',
    status: 'success',
    conclusion: 'success',
    created_at: at(0),
    started_at: at(10),
    finished_at: at(100),
    duration_s: 90,
    queue_s: 10,
    has_clock_skew: false,
    steps: [],
    ...fields,
  } as unknown as Job;
}

describe('a waterfall', () => {
  const axis = axisOf([job({})], 1, start);

  it('runs from the first creation to the last end', () => {
    expect(axis).toEqual({ from: start, to: start + 100_000 });
  });

  it('draws waiting and running where their times say', () => {
    const row = jobRow(job({}), axis, 1, start);
    expect(row.queue).toEqual({ left: 0, width: 10 });
    expect(row.run).toEqual({ left: 10, width: 90 });
    expect(row.critical).toBeNull();
  });

  it('leaves out a bar that ends before it begins, and says so', () => {
    const row = jobRow(job({ finished_at: at(5) }), axis, 1, start);
    expect([row.run, row.remark]).toEqual([null, 'no timing']);
  });

  it('says when the clock of a runner differs', () => {
    const row = jobRow(job({ created_at: at(20), has_clock_skew: true }), axis, 1, start);
    expect([row.queue, row.remark]).toEqual([null, '⚠ runner clock differs']);
  });

  it('lets what is running grow with time', () => {
    const running = job({ status: 'running', conclusion: null, finished_at: null });
    const widths = [50, 70].map((seconds) => {
      const now = start + seconds * 1000;
      return jobRow(running, { from: start, to: start + 100_000 }, 1, now).run?.width;
    });
    expect(widths).toEqual([40, 60]);
  });

  it('takes no zero of a clock for a time', () => {
    const odd = job({ id: 2, created_at: '0001-01-01T00:00:00Z', started_at: null, finished_at: null });
    expect(axisOf([job({}), odd], 1, start)).toEqual(axis);
    expect(jobsInTime([odd, job({})]).map((one) => one.id)).toEqual([1, 2]);
  });

  it('has no more marks than there is room for', () => {
    const long = { from: 0, to: 640_000 };
    expect(axisMarks(long).length).toBeLessThanOrEqual(7);
    expect(axisMarks(long, 4).length).toBeLessThanOrEqual(5);
    expect(axisMarks(long, 3).map((mark) => mark.seconds)).toEqual([0, 300, 600]);
  });
});

describe('a locked scale', () => {
  const whole = axisOf([job({})], 1, start);

  it('is as many milliseconds a pixel on every run', () => {
    expect(lockedAxis(whole, 250, 800)).toEqual({ from: start, to: start + 200_000, isCut: false });
    const row = jobRow(job({}), lockedAxis(whole, 250, 800), 1, start);
    expect([row.queue, row.run, row.remark]).toEqual([{ left: 0, width: 5 }, { left: 5, width: 45 }, null]);
  });

  it('says what goes on beyond it, and what begins there', () => {
    const axis = lockedAxis(whole, 100, 500);
    expect(axis).toEqual({ from: start, to: start + 50_000, isCut: true });
    const cut = jobRow(job({}), axis, 1, start);
    expect([cut.run, cut.remark]).toEqual([{ left: 20, width: 80 }, 'goes on beyond']);
    const late = jobRow(job({ created_at: at(60), started_at: at(70) }), axis, 1, start);
    expect([late.queue, late.run, late.remark]).toEqual([null, null, 'begins beyond']);
    const both = jobRow(job({ has_clock_skew: true }), axis, 1, start);
    expect(both.remark).toBe('⚠ runner clock differs, goes on beyond');
  });

  it('says so of steps too', () => {
    const step = { number: 3, name: 'Upload', status: 'success', started_at: at(20), finished_at: at(90) };
    const row = stepRow(job({}), step as unknown as Step, lockedAxis(whole, 100, 500), start);
    expect([row.step, row.run, row.remark]).toEqual([3, { left: 40, width: 60 }, 'goes on beyond']);
  });

  it('takes no end of a step for something beyond where all is shown', () => {
    const step = { number: 1, name: 'Late', status: 'success', started_at: at(90), finished_at: at(101) };
    expect(stepRow(job({}), step as unknown as Step, whole, start).remark).toBeNull();
  });
});

describe('a long name', () => {
  it('keeps its end, at which the jobs of a matrix differ', () => {
    expect(splitName('test (3.12)')).toEqual(['test (3.12)', '']);
    expect(splitName('test-with-everything (3.12, ubuntu, shard 7)')).toEqual([
      'test-with-everything (3.12, ubuntu,',
      'shard 7)',
    ]);
    expect(splitName('🧪'.repeat(40))).toEqual(['🧪'.repeat(24), '🧪'.repeat(16)]);
  });
});

describe('the critical path', () => {
  it('is known as soon as one job is known to be on it or not', () => {
    expect(knowsCriticalPath([job({}), job({ on_critical_path: null })])).toBe(false);
    expect(knowsCriticalPath([job({}), job({ on_critical_path: false })])).toBe(true);
  });
});
