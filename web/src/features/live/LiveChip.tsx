/** Says whether the screen follows what happens, and lets one pause it. */

import { useQuery } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { metaQuery } from '~/api/queries';
import { useLive, type Live } from '~/features/live/connection';
import { pause } from '~/features/live/follow';
import { retryNow } from '~/features/live/socket';
import { useOffline } from '~/features/live/useOffline';
import { useShellKeys } from '~/lib/keys';
import { counted } from '~/lib/numbers';
import { clockSkew, useNow } from '~/lib/ticker';
import { buttonClass } from '~/ui/Button';
import { Tip } from '~/ui/Tip';

interface Face {
  glyph: string;
  word: string;
  ink: string;
  tip: string;
}

/** Shape and word of the connection; pressing it pauses and goes on. */
export function LiveChip() {
  const live = useLive();
  const { data: meta } = useQuery(metaQuery);
  const behind = meta?.ingest.status === 'late';
  const offline = useOffline();
  const face = faceOf(live, behind, offline);
  const toggle = (): void => {
    if (live.line === 'live' || live.paused) pause(!live.paused);
    else retryNow();
  };
  useShellKeys({
    p: () => {
      pause(!live.paused);
    },
  });
  return (
    <Tip text={face.tip} keys="p">
      <button
        type="button"
        aria-pressed={live.paused}
        aria-label={`Live updates: ${face.word}. ${face.tip}`}
        className={buttonClass('quiet', 'gap-1.5! px-2! font-normal!')}
        onClick={toggle}
      >
        <span aria-hidden="true" className={clsx('text-caption', face.ink)}>
          {face.glyph}
        </span>
        <span className="max-sm:sr-only">
          {face.word}
          {live.line === 'reconnecting' && !offline && <Countdown live={live} />}
        </span>
      </button>
    </Tip>
  );
}

function Countdown({ live }: { live: Live }) {
  const now = useNow(1);
  const left = Math.ceil(((live.retryAt ?? 0) + clockSkew() - now) / 1000);
  return left > 0 ? ` in ${left} s` : '…';
}

function faceOf(live: Live, behind: boolean, offline: boolean): Face {
  if (live.paused) {
    const held = live.held > 0 ? ` · ${live.held}` : '';
    const kept = live.held > 0 ? `${counted(live.held, 'update')} waiting. ` : '';
    return { glyph: '‖', word: `Paused${held}`, ink: 'text-warn', tip: `${kept}Go on` };
  }
  if (offline) {
    return { glyph: '○', word: 'Offline', ink: 'text-warn', tip: 'This computer is offline; it goes on by itself' };
  }
  if (live.line === 'connecting') {
    return { glyph: '◐', word: 'Connecting', ink: 'text-ink-3', tip: 'Opening the live connection' };
  }
  if (live.line === 'reconnecting') {
    return { glyph: '◐', word: 'Reconnecting', ink: 'text-warn', tip: 'Try now' };
  }
  if (live.line === 'polling' && live.away) {
    return { glyph: '✕', word: 'No answer', ink: 'text-fail', tip: 'The server does not answer. Try again now' };
  }
  if (live.line === 'polling') {
    return {
      glyph: '○',
      word: 'Polling every 30 s',
      ink: 'text-warn',
      tip: 'The live connection is blocked; a proxy may drop WebSocket upgrades. Try again now',
    };
  }
  if (behind) {
    return { glyph: '▲', word: 'Behind', ink: 'text-warn', tip: 'Events arrive late. Pause' };
  }
  return { glyph: '●', word: 'Live', ink: 'text-ok', tip: 'Pause live updates' };
}
