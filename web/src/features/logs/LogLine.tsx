/** One line of a log: its number, its time if wanted, and its text in pieces; never HTML. */

import { clsx } from 'clsx';
import { memo, type ReactNode } from 'react';
import { tokens, type Token } from '~/features/logs/ansi';
import { unstamp } from '~/features/logs/lines';
import type { Matcher } from '~/features/logs/logIndex';

const longest = 16_384;
const addresses = /https?:\/\/[^\s<>"'`]+[^\s<>"'`.,;:!?)\]]/g;

interface LogLineProps {
  number: number;
  /** Undefined while it is on its way. */
  line: string | undefined;
  mark: 'error' | 'warning' | null;
  isChosen: boolean;
  isHere: boolean;
  withTime: boolean;
  wraps: boolean;
  matcher: Matcher | null;
  onChoose: (number: number, extend: boolean) => void;
}

/** A row of the list. */
export const LogLine = memo(function LogLine(props: LogLineProps) {
  const { number, line, mark, isChosen, isHere, withTime, wraps, matcher, onChoose } = props;
  const { at, text } = unstamp((line ?? '').slice(0, longest));
  return (
    <div
      role="listitem"
      data-line={number}
      data-mark={mark ?? undefined}
      className={clsx(
        'flex min-h-5 font-mono text-caption leading-5',
        wraps ? 'break-all whitespace-pre-wrap' : 'w-max min-w-full whitespace-pre',
        isChosen ? 'bg-accent-tint' : mark === 'error' ? 'bg-fail-tint' : mark === 'warning' && 'bg-warn-tint',
      )}
    >
      <a
        href={`#L${number}`}
        aria-label={mark === null ? `Line ${number}` : `Line ${number}, ${mark}`}
        className="sticky left-0 w-18 shrink-0 bg-bg pr-2 text-right text-ink-2 select-none hover:text-ink hover:underline"
        onClick={(event) => {
          event.preventDefault();
          onChoose(number, event.shiftKey);
        }}
      >
        {mark === 'error' && <span className="float-left pl-1 text-fail">✕</span>}
        {mark === 'warning' && <span className="float-left pl-1 text-warn">!</span>}
        {number}
      </a>
      {withTime && <span className="w-20 shrink-0 text-ink-2 select-none">{at?.slice(11, 19)}</span>}
      <span className="min-w-0 pl-2">
        {line === undefined ? <span className="text-ink-3">…</span> : <Words text={text} matcher={matcher} isHere={isHere} />}
      </span>
    </div>
  );
});

function Words({ text, matcher, isHere }: { text: string; matcher: Matcher | null; isHere: boolean }) {
  const found = tokens(text);
  const whole = found.map((token) => token.text).join('');
  const ranges = matcher === null ? [] : matcher(whole);
  const parts: ReactNode[] = [];
  let at = 0;
  for (const token of found) {
    parts.push(<Piece key={at} token={token} at={at} ranges={ranges} isHere={isHere} />);
    at += token.text.length;
  }
  return <>{parts}</>;
}

interface PieceProps {
  token: Token;
  at: number;
  ranges: readonly [number, number][];
  isHere: boolean;
}

function Piece({ token, at, ranges, isHere }: PieceProps) {
  const cuts = new Set([0, token.text.length]);
  for (const [start, end] of ranges) {
    for (const edge of [start - at, end - at]) if (edge > 0 && edge < token.text.length) cuts.add(edge);
  }
  const links = token.href === undefined ? [...token.text.matchAll(addresses)] : [];
  for (const link of links) cuts.add(link.index).add(link.index + link[0].length);
  const edges = [...cuts].sort((one, other) => one - other);
  const style = token.colour === undefined ? undefined : { '--ansi': token.colour };
  return (
    <span className={token.className} style={style as React.CSSProperties | undefined}>
      {edges.slice(0, -1).map((from, index) => {
        const text = token.text.slice(from, edges[index + 1]);
        const place = at + from;
        const isMatch = ranges.some(([start, end]) => place >= start && place < end);
        const link = links.find((one) => from >= one.index && from < one.index + one[0].length);
        const words = isMatch ? (
          <mark className={isHere ? 'bg-accent text-on-accent' : 'bg-warn-tint text-warn-tint-on'}>{text}</mark>
        ) : (
          text
        );
        const href = token.href ?? link?.[0];
        if (href === undefined) return <span key={from}>{words}</span>;
        return (
          <a key={from} href={href} target="_blank" rel="noopener noreferrer" className="underline">
            {words}
          </a>
        );
      })}
    </span>
  );
}
