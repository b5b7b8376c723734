/** A log as the page has it: windows from the server at once, everything from a worker soon after. */

import { addressOf, read } from '~/api/client';
import { splitLines } from '~/features/logs/lines';
import type { Matches } from '~/features/logs/logIndex';
import type { Wanted } from '~/features/logs/matching';
import type { Reply, Request } from '~/features/logs/messages';

const block = 200;
/** What lies around is kept for this many lines; the worker has the rest. */
const mostBlocks = 100;
/** Windows asked of the server while one scrolls through what the worker does not have. */
const windowPause = 40;
const mostWindows = 3;
/** A worker keeps three bytes for each byte of log at worst. */
const mostBytes = 64 * 1024 * 1024;
const mostBytesOfPhone = 8 * 1024 * 1024;

/** What is known of a log without its text. */
export interface LogSize {
  jobId: number;
  lines: number;
  bytes: number;
  etag: string | null;
}

/** The lines to see first. */
export interface Beginning {
  first_line: number;
  lines: string[];
  etag: string | null;
}

export interface Loaded {
  /** How many lines are known to be there. */
  total: number;
  /** The lines that the worker has, both included; the last is 0 while it has none. */
  first: number;
  last: number;
  isComplete: boolean;
  trouble: string | null;
  /** Rises with everything that comes in. */
  version: number;
}

interface Waiting {
  take: (reply: Reply) => void;
  giveUp: (reason: Error) => void;
}

type LinesReply = Extract<Reply, { kind: 'lines' }>;
type FoundReply = Extract<Reply, { kind: 'found' }>;

/** Lives as long as the log is on the screen; `close` ends its worker. */
export class LogSource {
  private readonly blocks = new Map<number, string[]>();
  private readonly asked = new Set<number>();
  private readonly answers = new Map<number, Waiting>();
  private readonly listeners = new Set<() => void>();
  private stop = new AbortController();
  private worker: Worker | null = null;
  private isBeginning: boolean;
  private lastAsked = 0;
  /** Rises with what is appended: answers to what was asked before are of the text before. */
  private turn = 0;
  private serial = 0;
  private windows: number[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private state: Loaded;

  /** `known` is shown at once, if it is there already. */
  constructor(
    private readonly size: LogSize,
    known?: Beginning,
  ) {
    this.state = { total: size.lines, first: 1, last: 0, isComplete: false, trouble: null, version: 0 };
    this.isBeginning = known === undefined;
    if (known !== undefined) this.begin(known);
  }

  /** Begin with what is to be seen first, which is on its way; the rest follows. */
  open(beginning: Promise<Beginning>): void {
    const stop = new AbortController();
    this.stop = stop;
    void beginning
      .then(
        (found) => {
          if (this.isBeginning) this.begin(found);
        },
        // The worker says what is wrong, if it has no more luck.
        () => undefined,
      )
      // The whole log would take the line from the little that is to be seen first.
      .then(() => {
        if (stop.signal.aborted) return;
        this.isBeginning = false;
        this.load(firstToLoad(this.size));
      });
  }

  /** End everything; nothing more comes in. */
  close(): void {
    this.stop.abort();
    this.endWorker();
    clearTimeout(this.timer);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly getState = (): Loaded => this.state;

  /** Have the worker read the log from this line on, in the place of what it had. */
  load(first: number): void {
    this.endWorker();
    const worker = new Worker(new URL('./logWorker.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', (event: MessageEvent<Reply>) => this.hear(event.data));
    this.worker = worker;
    this.change({ first, last: 0, isComplete: false, trouble: null });
    const share = (this.size.lines - first + 1) / Math.max(this.size.lines, 1);
    const expected = Math.ceil(this.size.bytes * (first === 1 ? 1 : share * 1.1));
    this.post({ kind: 'open', address: this.address(first), first, expected });
  }

  /** Take what was appended: the text from a line on, or null to fetch it. */
  append(from: number, total: number, text: string | null): void {
    const first = firstOfBlock(from);
    const held = this.blocks.get(first);
    if (held !== undefined) held.length = Math.min(held.length, from - first);
    this.turn += 1;
    this.asked.clear();
    this.post({ kind: 'append', from, address: this.address(from), text });
    if (text !== null) this.place(from, splitLines(text));
    this.change({ total });
  }

  /** What a line says; undefined while it is on its way, and then it is asked for. */
  line(number: number): string | undefined {
    const found = this.held(number);
    if (found === undefined) this.ask(firstOfBlock(number));
    return found;
  }

  /** The same, without asking for it. */
  held(number: number): string | undefined {
    const first = firstOfBlock(number);
    return this.blocks.get(first)?.[number - first];
  }

  /** Lines from the worker, or from the server what that does not have. */
  async lines(from: number, to: number): Promise<string[]> {
    const { first, last } = this.state;
    if (from >= first && to <= last) {
      return this.request<LinesReply>((id) => ({ kind: 'lines', id, first: from, last: to })).then((reply) => reply.lines);
    }
    const lines: string[] = [];
    for (let at = from; at <= to; at += 5000) {
      const count = Math.min(5000, to - at + 1);
      const found = await this.readWindow({ first: at, count });
      lines.push(...found.lines);
    }
    return lines;
  }

  /** Every match in what the worker has; never answered once a newer search has begun.
   *  Rejects when the worker ends before. */
  search(wanted: Wanted): Promise<Matches> {
    return this.request<FoundReply>((id) => ({ kind: 'search', id, wanted })).then((reply) => reply.matches);
  }

  private begin(found: Beginning): void {
    // It was asked for before all else was known, and may be of the text before this one.
    if (found.etag === this.size.etag) this.placeIf(0, found.first_line, found.lines);
  }

  private ask(first: number): void {
    if (this.isBeginning || this.asked.has(first)) return;
    this.asked.add(first);
    if (this.isLoaded(first)) {
      const { turn } = this;
      const last = Math.min(first + block - 1, this.state.last);
      this.lines(first, last).then(
        (lines) => this.placeIf(turn, first, lines),
        () => this.asked.delete(first),
      );
      return;
    }
    this.windows.push(first);
    const since = performance.now() - this.lastAsked;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.lastAsked = performance.now();
      // Who scrolls on does not wait for what has passed.
      const wanted = this.windows.splice(0);
      for (const passed of wanted.slice(0, -mostWindows)) this.asked.delete(passed);
      for (const one of wanted.slice(-mostWindows)) void this.fetchWindow({ first: one, count: block });
    }, Math.max(0, windowPause - since));
  }

  private isLoaded(line: number): boolean {
    return line >= this.state.first && line <= this.state.last;
  }

  private async fetchWindow(query: { first: number; count: number }): Promise<void> {
    const { turn } = this;
    try {
      const found = await this.readWindow(query);
      this.placeIf(turn, found.first_line, found.lines);
    } catch {
      // The worker says what is wrong, if it has no more luck.
      this.asked.delete(query.first);
    }
  }

  private readWindow(query: { first: number; count: number }) {
    return read('/api/v1/jobs/{job_id}/log/window', {
      path: { job_id: this.size.jobId },
      query,
      signal: this.stop.signal,
    });
  }

  /** Put lines into their blocks, unless something was appended since they were asked for. */
  private placeIf(turn: number, from: number, lines: readonly string[]): void {
    if (turn === this.turn) this.place(from, lines);
  }

  /** Put lines into their blocks; what a block does not have yet is asked for when it is looked at. */
  private place(from: number, lines: readonly string[]): void {
    for (const [index, line] of lines.entries()) {
      const first = firstOfBlock(from + index);
      const held = this.blocks.get(first) ?? [];
      held[from + index - first] = line;
      this.blocks.set(first, held);
    }
    for (const oldest of this.blocks.keys()) {
      if (this.blocks.size <= mostBlocks) break;
      this.blocks.delete(oldest);
      this.asked.delete(oldest);
    }
    this.change({});
  }

  private request<Answer extends Reply>(ask: (id: number) => Request): Promise<Answer> {
    if (this.worker === null) return Promise.reject(new Error('The log is not being read'));
    const id = (this.serial += 1);
    return new Promise((resolve, reject) => {
      this.answers.set(id, { take: (reply) => resolve(reply as Answer), giveUp: reject });
      this.post(ask(id));
    });
  }

  /** It will not answer any more: whoever waits is told, and may ask its successor. */
  private endWorker(): void {
    this.worker?.terminate();
    this.worker = null;
    this.asked.clear();
    for (const waiting of this.answers.values()) waiting.giveUp(new Error('The log is read anew'));
    this.answers.clear();
  }

  private hear(reply: Reply): void {
    if (reply.kind === 'failed') {
      this.change({ trouble: reply.detail });
    } else if (reply.kind === 'progress') {
      this.asked.clear();
      const total = reply.isDone ? reply.last : Math.max(this.state.total, reply.last);
      this.change({ last: reply.last, total: Math.max(total, this.state.total), isComplete: reply.isDone });
    } else {
      this.answers.get(reply.id)?.take(reply);
      this.answers.delete(reply.id);
    }
  }

  private change(some: Partial<Loaded>): void {
    this.state = { ...this.state, ...some, version: this.state.version + 1 };
    for (const listener of this.listeners) listener();
  }

  private post(request: Request): void {
    this.worker?.postMessage(request);
  }

  private address(first: number): string {
    // Without `first` the server may send one to its store, where this page may not go.
    const path = addressOf(`/api/v1/jobs/${this.size.jobId}/log`, { first });
    return new URL(path, window.location.href).href;
  }
}

function firstOfBlock(line: number): number {
  return Math.floor((line - 1) / block) * block + 1;
}

/** The line from which on a log fits into this device's memory. */
function firstToLoad({ lines, bytes }: LogSize): number {
  const most = matchMedia('(pointer: coarse)').matches ? mostBytesOfPhone : mostBytes;
  return bytes <= most ? 1 : Math.floor(lines * (1 - most / bytes)) + 1;
}
