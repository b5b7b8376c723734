/** One line of a log: its number, its time if wanted, and its text in pieces; never HTML. */

import { clsx } from 'clsx';
import { memo, type CSSProperties, type ReactNode } from 'react';
import { tokens, type Token } from '~/features/logs/ansi';
import type { Fold } from '~/features/logs/folds';
import { readable, unstamp } from '~/features/logs/lines';
import type { Matcher } from '~/features/logs/matching';
import type { Mark } from '~/features/logs/outline';
import { counted } from '~/lib/numbers';
import { exactTime } from '~/lib/time';
import { useZone } from '~/ui/zone';

const longest = 16_384;
const addresses = /https?:\/\/[^\s<>"'`]+[^\s<>"'`.,;:!?)\]]/g;

interface LogLineProps {
  number: number;
  /** Undefined while it is on its way. */
  line: string | undefined;
  mark: Mark | null;
  isChosen: boolean;
  /** The match one is at is in this line. */
  isHere: boolean;
  /** Of no interest at the moment. */
  isDim: boolean;
  withTime: boolean;
  wraps: boolean;
  /** Null where nothing matches. */
  matcher: Matcher | null;
  /** The lines that a progress bar wrote over with this one, and whether they are hidden. */
  updates: Fold | undefined;
  hidesUpdates: boolean;
  onChoose: (number: number, extend: boolean) => void;
  onToggle: (key: string) => void;
}

/** A row of the list. */
export const LogLine = memo(function LogLine(props: LogLineProps) {
  const { number, line, mark, isChosen, withTime, wraps, matcher, updates, onChoose } = props;
  const { at, text } = unstamp((line ?? '').slice(0, longest));
  return (
    <div
      role="listitem"
      data-line={number}
      data-mark={mark ?? undefined}
      aria-current={isChosen || undefined}
      className={clsx(
        'log-line flex min-h-5 font-mono text-caption leading-5',
        wraps ? 'break-all whitespace-pre-wrap' : 'w-max min-w-full whitespace-pre',
        props.isDim && 'text-ink-2',
        isChosen ? 'bg-selected' : mark === 'error' ? 'bg-fail-tint' : mark === 'warning' && 'bg-warn-tint',
      )}
    >
      <a
        href={`#L${number}`}
        tabIndex={-1}
        aria-label={mark === null ? `Line ${number}` : `Line ${number}, ${mark}`}
        className={clsx(
          'sticky left-0 w-18 shrink-0 max-sm:w-15 pr-2 text-right select-none hover:text-ink hover:underline',
          isChosen ? 'bg-selected text-ink' : 'bg-bg text-ink-2',
        )}
        onClick={(event) => {
          event.preventDefault();
          onChoose(number, event.shiftKey);
        }}
      >
        {mark === 'error' && <span className="float-left pl-1.5 text-fail">✕</span>}
        {mark === 'warning' && <span className="float-left pl-1.5 text-warn">!</span>}
        {number}
      </a>
      {withTime && <Instant at={at} />}
      <span data-text className={clsx('pl-2', wraps && 'min-w-0')}>
        {line === undefined ? '…' : <Words text={readable(text)} matcher={matcher} isHere={props.isHere} />}
        {(line?.length ?? 0) >= longest && (
          <span className="text-ink-2"> … the rest of this line is in the download</span>
        )}
      </span>
      {updates !== undefined && (
        <button
          type="button"
          aria-expanded={!props.hidesUpdates}
          className="ml-3 shrink-0 text-ink-2 select-none hover:underline"
          onClick={() => props.onToggle(updates.key)}
        >
          ↻ {counted(updates.last - updates.first + 1, 'update')}
        </button>
      )}
    </div>
  );
});

function Instant({ at }: { at: string | null }) {
  const { zone, hours } = useZone();
  const parsed = at === null ? NaN : Date.parse(at.replace(',', '.'));
  return (
    <span className={clsx('shrink-0 text-ink-2 select-none', hours === 12 ? 'w-25' : 'w-18')}>
      {Number.isNaN(parsed) ? (at?.slice(11, 19) ?? '') : exactTime(parsed, zone, hours)}
    </span>
  );
}

function Words({ text, matcher, isHere }: { text: string; matcher: Matcher | null; isHere: boolean }) {
  const found = tokens(text);
  const ranges = matcher === null ? [] : matcher(found.map((token) => token.text).join(''));
  let at = 0;
  return found.map((token) => {
    const start = at;
    at += token.text.length;
    return <Piece key={start} token={token} at={start} ranges={ranges} isHere={isHere} />;
  });
}

interface PieceProps {
  token: Token;
  at: number;
  ranges: readonly [number, number][];
  isHere: boolean;
}

function Piece({ token, at, ranges, isHere }: PieceProps) {
  const parts = partsOf(token, at, ranges, isHere);
  const inside = parts.length === 1 && typeof parts[0] === 'string' ? parts[0] : parts;
  // Most lines are plain words: they are drawn as such, without an element around them.
  if (token.className === '' && token.colour === undefined) return inside;
  const style = token.colour === undefined ? undefined : ({ '--ansi': token.colour } as CSSProperties);
  return (
    <span className={token.className} style={style}>
      {inside}
    </span>
  );
}

function partsOf(token: Token, at: number, ranges: readonly [number, number][], isHere: boolean): ReactNode[] {
  const cuts = new Set([0, token.text.length]);
  for (const [start, end] of ranges) {
    for (const edge of [start - at, end - at]) if (edge > 0 && edge < token.text.length) cuts.add(edge);
  }
  const links = token.href === undefined && token.text.includes('://') ? [...token.text.matchAll(addresses)] : [];
  for (const link of links) cuts.add(link.index).add(link.index + link[0].length);
  const edges = [...cuts].sort((one, other) => one - other);
  return edges.slice(0, -1).map((from, index) => {
    const text = token.text.slice(from, edges[index + 1]);
    const place = at + from;
    const isMatch = ranges.some(([start, end]) => place >= start && place < end);
    const link = links.find((one) => from >= one.index && from < one.index + one[0].length);
    const words = isMatch ? (
      <mark key={from} className={isHere ? 'bg-accent text-on-accent' : 'bg-warn-tint text-warn-tint-on outline outline-warn/60'}>
        {text}
      </mark>
    ) : (
      text
    );
    const href = token.href ?? link?.[0];
    if (href === undefined) return words;
    return (
      <a key={from} href={href} tabIndex={-1} target="_blank" rel="noopener noreferrer" className="underline">
        {words}
      </a>
    );
  });
}
