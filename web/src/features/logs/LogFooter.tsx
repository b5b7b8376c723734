/** Under the lines: how many there are, which are chosen, and whether one follows the end. */

import type { LogMeta } from '~/api/types';
import { stripCodes } from '~/features/logs/ansi';
import type { LineRange } from '~/features/logs/hash';
import { unstamp } from '~/features/logs/lines';
import type { Loaded, LogSource } from '~/features/logs/logSource';
import { providerLink } from '~/features/logs/outline';
import { count, counted } from '~/lib/numbers';
import { toast } from '~/lib/toasts';
import { Button } from '~/ui/Button';
import { copyText } from '~/ui/CopyButton';
import { Icon } from '~/ui/Icon';

export const mostCopied = 50_000;

export interface Following {
  /** Whether the log may still grow. */
  isOpen: boolean;
  isOn: boolean;
  /** Lines that have come in below since one scrolled away. */
  missed: number;
  go: () => void;
  stop: () => void;
}

interface LogFooterProps {
  meta: LogMeta;
  log: Loaded;
  source: LogSource;
  chosen: LineRange | null;
  /** The job's page at its provider. */
  page: string | null;
  following: Following;
}

/** One line of facts and actions. */
export function LogFooter({ meta, log, source, chosen, page, following }: LogFooterProps) {
  return (
    <div data-foot className="flex min-h-9 flex-wrap items-center gap-x-3 gap-y-1 border-t border-line px-3 py-1 text-caption text-ink-2">
      {chosen === null ? (
        <span>{words(log, following)}</span>
      ) : log.isComplete && chosen.from > log.total ? (
        <span>{`There is no line ${count(chosen.from)}: this log has ${counted(log.total, 'line')}`}</span>
      ) : (
        <Chosen range={chosen} source={source} link={providerLink(meta, page, chosen.from)} />
      )}
      {following.isOpen && (
        <span className="ml-auto">
          {following.isOn ? (
            <Button look="quiet" aria-pressed="true" className="border-accent! text-ink!" onClick={following.stop}>
              Follow
            </Button>
          ) : (
            <Button aria-pressed="false" icon="down" onClick={following.go}>
              {following.missed === 0 ? 'Follow' : counted(following.missed, 'new line')}
            </Button>
          )}
        </span>
      )}
    </div>
  );
}

function words(log: Loaded, following: Following): string {
  const lines = counted(log.total, 'line');
  if (!log.isComplete) return `${lines}, loading…`;
  return following.isOpen && following.isOn ? `Following, ${lines}` : lines;
}

interface ChosenProps {
  range: LineRange;
  source: LogSource;
  link: string | null;
}

function Chosen({ range, source, link }: ChosenProps) {
  const { from, to } = range;
  return (
    <>
      <span>{from === to ? `Line ${count(from)}` : `Lines ${count(from)}–${count(to)}`}</span>
      <button type="button" className="min-h-6 underline" onClick={() => void copyLines(source, range)}>
        Copy text
      </button>
      <button type="button" className="min-h-6 underline" onClick={() => void copyText(window.location.href, 'Link copied')}>
        Copy link
      </button>
      {link !== null && (
        <a href={link} target="_blank" rel="noopener noreferrer" className="inline-flex min-h-6 items-center gap-1 underline">
          GitHub
          <Icon name="external" className="size-3" />
          <span className="sr-only">(this line there, opens in a new tab)</span>
        </a>
      )}
    </>
  );
}

/** Copy lines as they read: without instants, without codes. */
export async function copyLines(source: LogSource, { from, to }: LineRange): Promise<void> {
  const last = Math.min(to, from + mostCopied - 1);
  try {
    const lines = await source.lines(from, last);
    const text = lines.map((line) => stripCodes(unstamp(line).text)).join('\n');
    await copyText(text, last < to ? `The first ${count(mostCopied)} lines copied` : 'Text copied');
  } catch {
    toast('These lines could not be loaded: try again.', { kind: 'problem' });
  }
}
