import { describe, expect, it } from 'vitest';
import { axisSteps, bytes, count, durationSteps, percent } from '~/lib/numbers';
import { checkSearch, parseSearch, stringifySearch } from '~/lib/search';
import { appearanceOf, shownStatus } from '~/lib/status';
import { ago, dayKey, duration, lasting, since, stopwatch } from '~/lib/time';

describe('the query string', () => {
  const read = (text: string) => checkSearch(parseSearch(text));

  it('reads repeated names as lists and one name as a list of one', () => {
    const { search } = read('?repo=acme/api&repo=acme/web&workflow=CI&q=bump');
    expect(search).toEqual({ repo: ['acme/api', 'acme/web'], workflow: ['CI'], q: 'bump' });
  });

  it('leaves the defaults out', () => {
    expect(read('?branch=@default&range=7d&sort=-started_at&min_attempt=1').search).toEqual({});
  });

  it('keeps what it does not know', () => {
    expect(read('?utm=mail&range=30d').search).toEqual({ utm: 'mail', range: '30d' });
  });

  it('drops nonsense and names it', () => {
    const { search, dropped } = read('?range=9x&gran=minute&tz=Mars/Phobos&from=yesterday&sort=-color');
    expect(search).toEqual({});
    expect(dropped).toEqual(['range', 'gran', 'tz', 'from', 'sort']);
  });

  it('drops what the server would refuse, and keeps the rest of a list', () => {
    const { search, dropped } = read('?status=zzz&status=failure,timed_out&branch=@default&branch=main&min_attempt=1001');
    expect(search).toEqual({ status: ['failure', 'timed_out'], branch: ['main'] });
    expect(dropped).toEqual(['status', 'branch', 'min_attempt']);
    expect(read('?status=zzz')).toEqual({ search: {}, dropped: ['status'] });
  });

  it('drops a window that ends before it begins', () => {
    const { search, dropped } = read('?from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z');
    expect(search).toEqual({});
    expect(dropped).toEqual(['from', 'to']);
  });

  it('takes names that every object has for what they are', () => {
    const { search } = read('?constructor=1&toString=2&__proto__=3&__proto__=4');
    expect(Object.entries(search)).toEqual([
      ['constructor', '1'],
      ['toString', '2'],
      ['__proto__', ['3', '4']],
    ]);
  });

  it.each(['Nov 1 2026', '2026', '2026-02-31', '2026-11-01T24:00Z', '1970-01-01', '2026-11-01T10:00+99:00'])(
    'drops %s, which the server does not take for a time',
    (from) => {
      expect(read(`?from=${encodeURIComponent(from)}&to=2027-01-01`).dropped).toEqual(['from', 'to']);
    },
  );

  it.each([
    ['2026-11-01', '2026-11-01'],
    ['2026-11-01T10:00', '2026-11-01T10:00Z'],
    ['2026-11-01 10:00:00.5z', '2026-11-01T10:00:00.5Z'],
    ['2026-11-01T10:00:00+01:00', '2026-11-01T10:00:00+01:00'],
  ])('reads the time %s as the server does', (from, read_) => {
    expect(read(`?from=${from}&to=2027-01-01`).search).toEqual({ from: read_, to: '2027-01-01' });
  });

  it('writes what it has read, without escaping what reads well', () => {
    const text = '?repo=acme/api&branch=@any&from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z';
    expect(stringifySearch(read(text).search)).toBe(text);
  });

  it('keeps how the grid is looked at, and drops a look that it does not have', () => {
    const text = '?only=failing&hide=green&group=none&cells=large';
    expect(stringifySearch(read(text).search)).toBe(text);
    expect(read('?mode=time&cells=default')).toEqual({ search: {}, dropped: [] });
    const { search, dropped } = read('?mode=commit&only=green&hide=1&group=repo&cells=huge');
    expect(search).toEqual({});
    expect(dropped).toEqual(['mode', 'only', 'hide', 'group', 'cells']);
  });

  it('survives branches with slashes, quotes and ampersands', () => {
    const branch = ['feature/"quoted" & <b>', 'عربي'];
    const text = stringifySearch({ branch });
    expect(read(text).search.branch).toEqual(branch);
  });
});

describe('durations', () => {
  it.each([
    [0.84, '0.8s'],
    [0, '0s'],
    [48, '48s'],
    [468, '7m 48s'],
    [3840, '1h 04m'],
    [180_000, '2d 02h'],
    [-5, '−5s'],
  ])('%d seconds read %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it('counts a running length up', () => {
    expect([stopwatch(4), stopwatch(64), stopwatch(3849)]).toEqual(['0:04', '1:04', '1:04:09']);
  });

  it('says since when, with the year only of another year', () => {
    const now = Date.parse('2026-11-21T12:00:00Z');
    const days = ['2026-11-21', '2026-11-20', '2026-11-17', '2025-08-27'];
    expect(days.map((day) => since(`${day}T09:42:00Z`, 'UTC', now))).toEqual([
      '09:42',
      'yesterday 09:42',
      'Tue 17 Nov 09:42',
      'Wed 27 Aug 2025 09:42',
    ]);
  });

  it('calls the day before yesterday, also where a day has 23 or 25 hours', () => {
    const berlin = (at: string, now: string) => since(at, 'Europe/Berlin', Date.parse(now));
    // Half past midnight on the Monday after the clocks went forward.
    expect(berlin('2026-03-29T10:00:00Z', '2026-03-29T22:30:00Z')).toBe('yesterday 12:00');
    expect(berlin('2026-03-28T10:00:00Z', '2026-03-29T22:30:00Z')).toBe('Sat 28 Mar 11:00');
    // Half past eleven at night on the Sunday on which they went back.
    expect(berlin('2026-10-24T10:00:00Z', '2026-10-25T22:30:00Z')).toBe('yesterday 12:00');
    expect(berlin('2026-10-25T00:00:00Z', '2026-10-25T22:30:00Z')).toBe('02:00');
  });

  it('says how long something has lasted in two units', () => {
    expect([lasting(30), lasting(11_520), lasting(187_200)]).toEqual(['30 s', '3 h 12 min', '2 days 4 h']);
  });
});

describe('times', () => {
  const now = Date.parse('2026-11-21T12:00:00Z');

  it.each([
    ['2026-11-21T11:59:58Z', 'just now'],
    ['2026-11-21T11:59:20Z', '40 s ago'],
    ['2026-11-21T09:00:00Z', '3 h ago'],
    ['2026-11-19T11:00:00Z', '2 days ago'],
    ['2026-11-01T11:00:00Z', '1 Nov'],
    ['2025-11-01T11:00:00Z', '1 Nov 2025'],
    ['2026-11-21T14:00:00Z', 'in 2 h'],
  ])('%s is %s', (at, text) => {
    expect(ago(at, now, 'UTC')).toBe(text);
  });

  it('tells days apart by the chosen zone', () => {
    const late = '2026-11-20T23:30:00Z';
    expect(dayKey(late, 'UTC')).toBe('20/11/2026');
    expect(dayKey(late, 'Europe/Berlin')).toBe('21/11/2026');
  });
});

describe('numbers', () => {
  it('keeps 100 % for what is whole', () => {
    expect(percent(2999 / 3000)).toBe('99.9\u202f%');
    expect(percent(1)).toBe('100\u202f%');
    expect(percent(0.9417)).toBe('94.2\u202f%');
  });

  it('groups thousands', () => {
    expect([count(999), count(1402), count(1_234_567)]).toEqual([
      '999',
      '1\u202f402',
      '1\u202f234\u202f567',
    ]);
  });

  it('sizes files', () => {
    expect([bytes(812), bytes(1400), bytes(14_200_000), bytes(9.1e9)]).toEqual([
      '812 bytes',
      '1.4 kB',
      '14.2 MB',
      '9.1 GB',
    ]);
  });

  it('steps axes at round values that reach the greatest', () => {
    expect(axisSteps(87)).toEqual([0, 50, 100]);
    expect(axisSteps(3)).toEqual([0, 1, 2, 3]);
    expect(durationSteps(700, 3)).toEqual([0, 300, 600, 900]);
  });
});

describe('statuses', () => {
  it('shows what the provider said where it says more', () => {
    expect(shownStatus('failure', 'timed_out')).toBe('timed_out');
    expect(shownStatus('failure', 'failure')).toBe('failure');
  });

  it('shows words it was never taught as unknown', () => {
    expect(shownStatus('exploded')).toBe('unknown');
    expect(appearanceOf(shownStatus('constructor')).word).toBe('Unknown');
  });
});
