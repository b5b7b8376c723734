/** The one live socket: connects, comes back after a failure, polls where sockets are blocked. */

import { boot } from '~/api/boot';
import { socketAddress } from '~/api/client';
import { getLive, setLive } from '~/features/live/connection';
import { onTopics, tellMissed, tellTopic, wantedTopics } from '~/features/live/topics';
import { alignClock } from '~/lib/ticker';
import { toast } from '~/lib/toasts';

export interface RunChange {
  id: number;
  attempt: number;
  status: string;
  conclusion: string | null;
  rev: number;
}

export interface JobChange {
  id: number;
  run_id: number;
  attempt: number;
  rev: number;
}

/** Alerts that changed, and the counts after it. */
export interface AlertsChange {
  ids: readonly number[];
  open: number;
  unacknowledged: number;
}

const blocked =
  'The live connection is blocked: this page asks every 30 s instead. A proxy in between has to let WebSocket upgrades through.';

/** What the page does about what it hears. */
export interface Ear {
  run: (change: RunChange) => void;
  job: (change: JobChange) => void;
  numbers: () => void;
  alerts: (change: AlertsChange) => void;
  /** History is being fetched, and has come further. */
  history: () => void;
  /** Something was missed: ask again for everything in sight. */
  resync: () => void;
}

interface Envelope {
  v: number;
  seq: number;
  /** The number of the message that the server told this page before. */
  prev: number | null;
  type: string;
  data: unknown;
}

const waits = [1, 2, 4, 8, 15, 30];
const silence = 60_000;
const pollEvery = 30_000;

/** Connect and keep connected; returns how to stop. */
export function keepListening(ear: Ear): () => void {
  const listener = new Listener(ear);
  listener.connect();
  return () => {
    listener.stop();
  };
}

/** Try to reconnect at once instead of waiting. */
export let retryNow: () => void = () => undefined;

/** A browser without sockets, or one that is forbidden them, throws where others call back. */
function open(): WebSocket | null {
  try {
    return new WebSocket(socketAddress('/api/v1/live'));
  } catch {
    return null;
  }
}

class Listener {
  private socket: WebSocket | null = null;
  private failures = 0;
  // What happened between the making of the page and the opening of the line is told then.
  private lastSeq = boot.seq ?? null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private watchdog: ReturnType<typeof setTimeout> | undefined;
  private poll: ReturnType<typeof setInterval> | undefined;
  private stopped = false;

  constructor(private readonly ear: Ear) {
    retryNow = () => {
      clearTimeout(this.timer);
      this.connect();
    };
    onTopics(() => this.subscribe());
  }

  connect(): void {
    if (this.stopped) return;
    this.socket?.close();
    const socket = open();
    this.socket = socket;
    if (socket === null) {
      this.lost();
      return;
    }
    socket.onmessage = (event) => {
      if (this.socket === socket) this.hear(String(event.data));
    };
    socket.onclose = () => {
      if (this.socket === socket) this.lost();
    };
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    clearTimeout(this.watchdog);
    clearInterval(this.poll);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  private lost(): void {
    clearTimeout(this.watchdog);
    if (this.stopped) return;
    this.failures += 1;
    const wait = (waits[Math.min(this.failures, waits.length) - 1] ?? 30) * 1000;
    // A fifth more or less, so that a thousand screens do not all come back in the same second.
    const jittered = wait * (0.8 + Math.random() * 0.4);
    const polling = this.failures >= 3;
    setLive({ line: polling ? 'polling' : 'reconnecting', retryAt: Date.now() + jittered });
    if (polling) this.startPolling();
    // Where it has worked before the server is away, and its proxy lets sockets through.
    if (this.failures === 3 && getLive().version === null) toast(blocked, { kind: 'problem' });
    this.timer = setTimeout(() => {
      this.connect();
    }, jittered);
  }

  private startPolling(): void {
    if (this.poll !== undefined) return;
    const ask = (): void => {
      if (!getLive().paused) this.ear.resync();
    };
    // The first answer tells a blocked line from a server that is away.
    ask();
    this.poll = setInterval(ask, pollEvery);
  }

  private hear(text: string): void {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => this.socket?.close(), silence);
    const message = JSON.parse(text) as Envelope;
    if (message.v !== 1) return;
    const missed = this.lastSeq !== null && (message.prev ?? 0) > this.lastSeq;
    if (missed && message.type !== 'hello') this.ear.resync();
    switch (message.type) {
      case 'hello':
        this.welcome(message.data as { seq: number; server_time: string; version: string });
        return;
      case 'run.upserted':
        this.ear.run(message.data as RunChange);
        break;
      case 'job.upserted':
        this.ear.job(message.data as JobChange);
        break;
      case 'metrics.invalidated':
        this.ear.numbers();
        break;
      case 'log.appended':
        tellTopic(`log:${(message.data as { job_id: number }).job_id}`, message.type, message.data);
        break;
      case 'alert.changed':
        this.ear.alerts(message.data as AlertsChange);
        break;
      case 'backfill.progress':
        this.ear.history();
        break;
      case 'resync_required':
        this.ear.resync();
        tellMissed();
        break;
      default:
        break;
    }
    this.lastSeq = message.seq;
  }

  private welcome(hello: { seq: number; server_time: string; version: string }): void {
    const back = this.failures > 0;
    this.failures = 0;
    clearInterval(this.poll);
    this.poll = undefined;
    alignClock(hello.server_time);
    setLive({ line: 'live', retryAt: null, version: hello.version });
    this.subscribe();
    if (back && this.lastSeq === null) this.ear.resync();
    tellMissed();
  }

  private subscribe(): void {
    // Before it is open nobody hears; what is wanted is said as soon as it is.
    if (this.socket?.readyState !== WebSocket.OPEN || getLive().line !== 'live') return;
    const topics = ['runs', 'metrics', ...wantedTopics()];
    this.socket.send(JSON.stringify({ op: 'subscribe', topics, since: this.lastSeq }));
  }
}
