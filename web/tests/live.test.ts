import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Run, RunPage } from '~/api/types';
import { follow, onNewRun, pause } from '~/features/live/follow';
import type { Ear } from '~/features/live/socket';

const heard = vi.hoisted(() => ({ ear: null as Ear | null }));
vi.mock('~/features/live/socket', () => ({
  keepListening: (ear: Ear) => {
    heard.ear = ear;
  },
}));
vi.mock('~/api/boot', () => ({ forgetBoot: () => undefined }));

/** What the server has: the revision of each run. */
const revs = new Map<number, number>();
let asked: URLSearchParams[] = [];
let fails = 0;
let isVisible = true;

function answer(address: string): Response {
  const query = new URL(address, 'http://server').searchParams;
  asked.push(query);
  if (fails > 0) {
    fails -= 1;
    return Response.json({ title: 'Busy', detail: 'Later' }, { status: 503 });
  }
  const ids = query.has('id') ? query.getAll('id').map(Number) : [...revs.keys()];
  const items = ids.slice(0, 100).map((id) => ({ id, rev: revs.get(id) }));
  return Response.json({ items });
}

const client = new QueryClient();
const fetchRuns = async (): Promise<RunPage> => (await answer('/api/v1/runs').json()) as RunPage;
const queryKey = ['runs', 'list', {}];

function shown(): Run[] {
  return client.getQueryData<RunPage>(queryKey)?.items ?? [];
}

function tell(id: number, rev: number): void {
  revs.set(id, rev);
  heard.ear?.run({ id, attempt: 1, status: 'completed', conclusion: 'success', rev });
}

describe('the live rows', () => {
  let leave: () => void;

  // One clock for all: the page follows once, and remembers when it last asked.
  beforeAll(() => {
    vi.useFakeTimers();
  });

  afterAll(() => {
    vi.useRealTimers();
  });

  beforeEach(async () => {
    vi.stubGlobal('document', {
      addEventListener: () => undefined,
      documentElement: { toggleAttribute: () => undefined },
      get visibilityState() {
        return isVisible ? 'visible' : 'hidden';
      },
    });
    vi.stubGlobal('requestAnimationFrame', (draw: () => void) => setTimeout(draw));
    vi.stubGlobal('fetch', (address: string) => Promise.resolve(answer(address)));
    [isVisible, fails] = [true, 0];
    revs.clear();
    for (let id = 1; id <= 3; id += 1) revs.set(id, 1);
    follow(client);
    leave = new QueryObserver(client, { queryKey, queryFn: fetchRuns, meta: { live: 'runs' as const } }).subscribe(
      () => undefined,
    );
    await vi.advanceTimersByTimeAsync(0);
    asked = [];
  });

  afterEach(() => {
    leave();
    client.clear();
    vi.unstubAllGlobals();
  });

  it('take what has changed', async () => {
    tell(2, 7);
    await vi.advanceTimersByTimeAsync(400);
    expect(shown().map((run) => run.rev)).toEqual([1, 7, 1]);
    expect(asked.map((query) => query.getAll('id'))).toEqual([['2']]);
  });

  it('catch up by themselves after one answer that failed', async () => {
    fails = 1;
    tell(2, 7);
    await vi.advanceTimersByTimeAsync(400);
    expect(shown()[1]?.rev).toBe(1);
    await vi.advanceTimersByTimeAsync(6000);
    expect(shown()[1]?.rev).toBe(7);
  });

  it('hear of each of many changes', async () => {
    const offered: number[] = [];
    const forget = onNewRun(queryKey, (run) => offered.push(run.id));
    for (let id = 1000; id < 1250; id += 1) tell(id, 1);
    await vi.advanceTimersByTimeAsync(400);
    expect(offered).toEqual(Array.from({ length: 250 }, (_none, index) => 1000 + index));
    expect(asked.map((query) => query.getAll('id').length)).toEqual([100, 100, 50]);
    forget();
  });

  it('stay new when an answer to an older question comes late', async () => {
    const old = await fetchRuns();
    let comeLate: (page: RunPage) => void = () => undefined;
    const late = new Promise<RunPage>((resolve) => { comeLate = resolve; });
    void client.query({ queryKey, queryFn: () => late, staleTime: 0 });
    tell(2, 7);
    await vi.advanceTimersByTimeAsync(400);
    comeLate(old);
    await vi.advanceTimersByTimeAsync(0);
    expect(shown()[1]?.rev).toBe(7);
  });

  it.each(['paused', 'hidden'])('ask for nothing that falls due while %s, and for all of it afterwards', async (how) => {
    heard.ear?.numbers();
    const numbers = { queryKey: ['numbers'], queryFn: fetchRuns, meta: { live: 'numbers' as const } };
    const done = new QueryObserver(client, numbers).subscribe(() => undefined);
    await vi.advanceTimersByTimeAsync(0);
    heard.ear?.numbers();
    if (how === 'paused') pause(true);
    isVisible = how !== 'hidden';
    asked = [];
    await vi.advanceTimersByTimeAsync(15_000);
    expect(asked).toHaveLength(0);

    isVisible = true;
    pause(false);
    await vi.advanceTimersByTimeAsync(0);
    // The list and the numbers.
    expect(asked).toHaveLength(2);
    done();
    await vi.advanceTimersByTimeAsync(15_000);
  });
});
