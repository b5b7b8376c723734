/** The worker: reads a log as it comes in, and answers lines and searches from it. */

import { LogIndex, type Matches } from '~/features/logs/logIndex';
import type { Found, Wanted } from '~/features/logs/matching';
import type { Reply, Request } from '~/features/logs/messages';
import type { Chunk } from '~/features/logs/patternWorker';

const tellEvery = 250;
/** Lines are asked for while a search goes on; it gives way to them this often. */
const breathEvery = 30;
/** A pattern that takes longer than this for one chunk is given up. */
const chunkTime = 200;
/** Starting the other worker takes time that is not the pattern's. */
const startTime = 2000;

let index = new LogIndex();
let latestSearch = 0;
let patterns: Worker | null = null;

function say(reply: Reply): void {
  postMessage(reply);
}

function tell(isDone: boolean): void {
  say({ kind: 'progress', last: index.last, bytes: index.bytes, isDone });
}

async function open(address: string, first: number, expected: number): Promise<void> {
  index = new LogIndex(first, expected);
  const answer = await fetch(address, { headers: { Accept: 'text/plain' } });
  if (!answer.ok || answer.body === null) {
    say({ kind: 'failed', detail: `the server answers ${answer.status}` });
    return;
  }
  const reader = answer.body.getReader();
  let told = performance.now();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    index.add(value);
    if (performance.now() - told > tellEvery) {
      told = performance.now();
      tell(false);
    }
  }
  tell(true);
}

async function append(from: number, address: string, text: string | null): Promise<void> {
  if (text === null) {
    const answer = await fetch(address, { headers: { Accept: 'text/plain' } });
    if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
    index.replaceFrom(from, new Uint8Array(await answer.arrayBuffer()));
  } else {
    index.replaceFrom(from, new TextEncoder().encode(text));
  }
  tell(true);
}

async function search(id: number, wanted: Wanted): Promise<void> {
  if (latestSearch !== id) return;
  const matches = wanted.isRegex ? await matchAll(id, wanted) : await findAll(id, wanted);
  if (matches !== null) say({ kind: 'found', id, matches });
}

async function findAll(id: number, wanted: Wanted): Promise<Matches | null> {
  const steps = index.search(wanted);
  let breath = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (performance.now() - breath < breathEvery) continue;
    await new Promise((resolve) => setTimeout(resolve));
    if (latestSearch !== id) return null;
    breath = performance.now();
  }
}

async function matchAll(id: number, wanted: Wanted): Promise<Matches | null> {
  const lines: number[] = [];
  let total = 0;
  let error: string | null = null;
  for (let chunk = 0; chunk < index.chunks; chunk += 1) {
    const found = await tryPattern({ wanted, text: index.chunk(chunk), first: index.firstOf(chunk) });
    if (latestSearch !== id) return null;
    if (found === null) {
      error = 'This pattern takes too long';
      break;
    }
    for (const line of found.lines) lines.push(line);
    total += found.total;
  }
  return { lines: Uint32Array.from(lines), total, error };
}

/** Null when it takes too long: then the worker that is lost in it is ended. */
function tryPattern(chunk: Chunk): Promise<Found | null> {
  const isNew = patterns === null;
  const worker = (patterns ??= new Worker(new URL('./patternWorker.ts', import.meta.url), { type: 'module' }));
  return new Promise((resolve) => {
    const timer = setTimeout(
      () => {
        worker.terminate();
        patterns = null;
        resolve(null);
      },
      isNew ? startTime : chunkTime,
    );
    worker.onmessage = (event: MessageEvent<Found>) => {
      clearTimeout(timer);
      resolve(event.data);
    };
    worker.postMessage(chunk);
  });
}

function failed(error: unknown): void {
  say({ kind: 'failed', detail: error instanceof Error ? error.message : 'there is no answer' });
}

// What is appended comes behind what is still being read, and one piece behind the other.
let reading = Promise.resolve();
// A newer search ends the one before it, and begins then.
let searching = Promise.resolve();

addEventListener('message', (event: MessageEvent<Request>) => {
  const asked = event.data;
  if (asked.kind === 'open') {
    reading = open(asked.address, asked.first, asked.expected).catch(failed);
  } else if (asked.kind === 'append') {
    reading = reading.then(() => append(asked.from, asked.address, asked.text)).catch(failed);
  } else if (asked.kind === 'lines') {
    say({ kind: 'lines', id: asked.id, first: asked.first, lines: index.lines(asked.first, asked.last) });
  } else {
    latestSearch = asked.id;
    searching = searching.then(() => search(asked.id, asked.wanted)).catch(failed);
  }
});
