/** For how long nothing is to be sent of some alerts. */

import { useQueryClient } from '@tanstack/react-query';
import { useId, useState, type SyntheticEvent } from 'react';
import type { Alert } from '~/api/types';
import { mute, tomorrowMorning, untilWords } from '~/features/alerts/actions';
import { serverNow } from '~/lib/ticker';
import { instantOf, wallClock } from '~/lib/time';
import { Button } from '~/ui/Button';
import { Menu } from '~/ui/Menu';
import { Popover } from '~/ui/Popover';
import { useZone } from '~/ui/zone';

const hour = 3_600_000;

interface MuteMenuProps {
  alerts: readonly Alert[];
  label: string;
  hotspot?: string;
  /** What else is to be done once a time was chosen. */
  done?: () => void;
}

/** A few common times, and one of one’s own. */
export function MuteMenu({ alerts, label, hotspot, done }: MuteMenuProps) {
  const client = useQueryClient();
  const { zone, hours } = useZone();
  const choose = (until: number | null): void => {
    void mute(client, alerts, { until, said: untilWords(until, zone, serverNow(), hours) });
    done?.();
  };
  return (
    <Popover
      label={label}
      face={<><span>Mute</span><span className="sr-only">{label.replace(/^Mute/, '')}</span></>}
      align="end"
      {...(hotspot === undefined ? {} : { hotspot })}
    >
      {(close) => <Times close={close} choose={choose} />}
    </Popover>
  );
}

interface TimesProps {
  close: () => void;
  choose: (until: number | null) => void;
}

function Times({ close, choose }: TimesProps) {
  const { zone, hours } = useZone();
  const [picks, setPicks] = useState(false);
  if (picks) return <PickTime close={close} choose={choose} />;
  const now = serverNow();
  const at = (until: number): { note: string; run: () => void } => ({
    note: untilWords(until, zone, now, hours),
    run: () => { choose(until); },
  });
  return (
    <div role="menu" aria-label="Mute">
      <Menu
        close={close}
        items={[
          { label: 'For 1 hour', ...at(now + hour) },
          { label: 'For 4 hours', ...at(now + 4 * hour) },
          { label: 'Until tomorrow morning', ...at(tomorrowMorning(now, zone)) },
          { label: 'Until it is resolved', run: () => { choose(null); } },
          { label: 'Pick a time…', stays: true, run: () => { setPicks(true); } },
        ]}
      />
    </div>
  );
}

function PickTime({ close, choose }: TimesProps) {
  const { zone } = useZone();
  const id = useId();
  const [now] = useState(serverNow);
  const [text, setText] = useState(() => wallClock(now + 2 * hour, zone));
  const [tried, setTried] = useState(false);
  const until = instantOf(text, zone);
  const isPast = !(until > now);
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    setTried(true);
    if (isPast) return;
    close();
    choose(until);
  };
  return (
    <form className="flex w-64 flex-col gap-2 p-3" onSubmit={submit} noValidate>
      <label className="flex flex-col gap-1">
        <span className="text-caption text-ink-2">Mute until</span>
        <input
          autoFocus
          type="datetime-local"
          value={text}
          aria-invalid={tried && isPast}
          aria-describedby={id}
          className="h-8 rounded-control border border-line-strong bg-bg px-2 max-sm:text-section coarse:h-11"
          onChange={(event) => { setText(event.target.value); }}
        />
      </label>
      <p id={id} className={tried && isPast ? 'text-caption text-fail' : 'text-caption text-ink-2'}>
        {tried && isPast ? 'Choose a time that is still to come.' : `In the time of ${zone}.`}
      </p>
      <Button look="strong" type="submit">Mute</Button>
    </form>
  );
}
