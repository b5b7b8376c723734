import { describe, expect, it } from 'vitest';
import type { Job } from '~/api/types';
import { axisMarks, axisOf, jobRow, jobsInTime } from '~/features/run/waterfall';

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
    expect(axisMarks(long, 4).map((mark) => mark.seconds)).toEqual([0, 300, 600]);
  });
});
