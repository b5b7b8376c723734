/** The worker: reads all of a log as it comes in, and answers lines and searches from it. */

import { LogIndex } from '~/features/logs/logIndex';
import type { Reply, Request } from '~/features/logs/messages';

const index = new LogIndex();
const tellEvery = 250;

function say(reply: Reply): void {
  postMessage(reply);
}

async function open(address: string): Promise<void> {
  const answer = await fetch(address, { headers: { Accept: 'text/plain' } });
  if (!answer.ok || answer.body === null) {
    say({ kind: 'failed', status: answer.status, detail: `The server answers ${answer.status}` });
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
      say({ kind: 'progress', lines: index.count, bytes: index.bytes, done: false });
    }
  }
  say({ kind: 'progress', lines: index.count, bytes: index.bytes, done: true });
}

addEventListener('message', (event: MessageEvent<Request>) => {
  const asked = event.data;
  if (asked.kind === 'open') {
    open(asked.address).catch((error: unknown) => {
      say({ kind: 'failed', status: 0, detail: error instanceof Error ? error.message : 'No answer' });
    });
  } else if (asked.kind === 'lines') {
    say({ kind: 'lines', id: asked.id, first: asked.first, lines: index.lines(asked.first, asked.last) });
  } else {
    say({ kind: 'found', id: asked.id, matches: index.search(asked.wanted) });
  }
});
