/** What the palette lists for what was typed. */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { openAlertsQuery } from '~/api/alertQueries';
import { quickLinesQuery } from '~/api/logs';
import { facetQuery, isComing, recentRunsQuery } from '~/api/queries';
import type { Alert } from '~/api/types';
import { acknowledge } from '~/features/alerts/actions';
import { useLive } from '~/features/live/connection';
import { pause } from '~/features/live/follow';
import { actionsOf, zonePrefix, zonesOf } from '~/features/palette/actions';
import { fit, fitOf, wordStart, type Entry, type Tools } from '~/features/palette/entry';
import { recentChoices } from '~/features/palette/recent';
import {
  facetEntries,
  lineEntries,
  logSearchEntry,
  placesOf,
  runEntries,
  viewEntries,
  whoEntries,
} from '~/features/palette/sources';
import { builtInViews } from '~/features/views/builtIn';
import { useOpenView } from '~/features/views/useOpenView';
import { useSavedViews } from '~/features/views/useViews';
import { toast } from '~/lib/toasts';
import { useZone } from '~/ui/zone';

const patience = 120;
const mostOfEach = 6;
const fewest = 2;
const fewestOfZone = 3;
const severities = ['critical', 'high', 'medium', 'low'];

interface Listed {
  entries: Entry[];
  /** Whether an answer that is on its way decides which of them comes first. */
  isComing: boolean;
}

/** `>` actions, `#` runs, `@` people and branches, `/` lines of logs; without a prefix, all but the last two. */
export function useEntries(text: string): Listed {
  const prefix = /^[>#@/]/.test(text) ? text.charAt(0) : '';
  const wanted = text.slice(prefix.length).trim();
  const rested = useRested(wanted);
  const tools = useTools();
  const still = useStill(tools);
  const zones = useMemo(() => zonesOf(tools), [tools]);
  const runs = useRuns(prefix, rested, tools);
  const who = useWho(prefix, rested, tools);
  const lines = useLines(prefix, rested, tools);
  const isResting = rested === wanted;
  if (prefix === '#') return { entries: runs.entries, isComing: !isResting || runs.isComing };
  if (prefix === '@') return { entries: best(who.entries, wanted), isComing: !isResting || who.isComing };
  if (prefix === '/') {
    return there(wanted === '' ? [] : [logSearchEntry(wanted, tools.navigate), ...lines]);
  }
  if (text.startsWith(zonePrefix.trim())) return there(best(zones, text.slice(1).trim(), zones.length));
  const offered = [...still.entries, ...meant(zones, wanted)];
  const isAction = ({ group }: Entry): boolean => group === 'Actions' || group === 'Time zones';
  if (prefix === '>') return there(best(offered.filter(isAction), wanted, offered.length));
  if (wanted === '') return there(atFirst(still.entries));
  const fitting = best(offered, wanted);
  if (wanted.length < fewest) return { entries: fitting, isComing: still.isComing };
  return {
    entries: [...fitting, ...runs.entries, logSearchEntry(wanted, tools.navigate)],
    isComing: still.isComing || (fitting.length === 0 && (!isResting || runs.isComing)),
  };
}

function there(entries: Entry[]): Listed {
  return { entries, isComing: false };
}

/** Typed text after it has rested a moment. */
function useRested(text: string): string {
  const [rested, setRested] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => {
      setRested(text);
    }, patience);
    return () => {
      clearTimeout(timer);
    };
  }, [text]);
  return rested;
}

function useTools(): Tools {
  const navigate = useNavigate();
  const client = useQueryClient();
  const { zone } = useZone();
  const { paused } = useLive();
  return useMemo<Tools>(
    () => ({
      navigate,
      zone,
      paused,
      pause,
      refresh: () => void client.invalidateQueries({ refetchType: 'active' }),
      acknowledgeTop: () => {
        const top = topAlert(client.getQueryData(openAlertsQuery.queryKey)?.items ?? []);
        if (top === undefined) toast('No alert is waiting to be acknowledged.', { kind: 'note' });
        else void acknowledge(client, [top]);
      },
    }),
    [navigate, client, zone, paused],
  );
}

/** Of the alerts that nobody has taken yet the gravest, and of those the newest. */
function topAlert(alerts: readonly Alert[]): Alert | undefined {
  const waiting = alerts.filter((one) => one.state === 'firing' && !one.acknowledged && !one.muted);
  return waiting.sort(
    (one, other) => severities.indexOf(one.severity) - severities.indexOf(other.severity),
  )[0];
}

/** What needs no asking by the text. */
function useStill(tools: Tools): Listed {
  const openView = useOpenView();
  const views = [...useSavedViews(), ...builtInViews];
  const workflows = useQuery(facetQuery('workflow', {}, ''));
  const repos = useQuery(facetQuery('repo', {}, ''));
  const entries = [
    ...placesOf(tools),
    ...actionsOf(tools),
    ...viewEntries(views, openView),
    ...facetEntries('workflow', workflows.data ?? [], tools.navigate),
    ...facetEntries('repo', repos.data ?? [], tools.navigate),
  ];
  return { entries, isComing: isComing(workflows) || isComing(repos) };
}

function useRuns(prefix: string, text: string, { navigate }: Tools): Listed {
  const isAsked = prefix === '#' || (prefix === '' && text.length >= fewest);
  const q = text.replace(/^#/, '');
  const filter = { range: '30d', ...(q === '' ? {} : { q }) };
  const asked = useQuery({ ...recentRunsQuery(filter, mostOfEach), enabled: isAsked });
  const entries = runEntries(isAsked ? (asked.data?.items ?? []) : [], navigate);
  return { entries, isComing: isComing(asked) };
}

function useWho(prefix: string, text: string, { navigate }: Tools): Listed {
  const enabled = prefix === '@';
  const people = useQuery({ ...facetQuery('actor', {}, text), enabled });
  const branches = useQuery({ ...facetQuery('branch', {}, text), enabled });
  const entries = [
    ...whoEntries('actor', people.data ?? [], navigate),
    ...whoEntries('branch', branches.data ?? [], navigate),
  ];
  return { entries, isComing: isComing(people) || isComing(branches) };
}

function useLines(prefix: string, text: string, { navigate }: Tools): Entry[] {
  const enabled = prefix === '/' && text.length >= fewest;
  const { data } = useQuery({ ...quickLinesQuery(text, mostOfEach), enabled });
  return lineEntries(enabled ? data : undefined, navigate);
}

/** Before anything is typed: the last choices, then pages and actions. */
function atFirst(entries: readonly Entry[]): Entry[] {
  const recent = recentChoices()
    .map((id) => entries.find((entry) => entry.id === id))
    .filter((entry) => entry !== undefined)
    .map((entry) => ({ ...entry, group: 'Recent' as const }));
  const rest = entries.filter((entry) => entry.group === 'Go to' || entry.group === 'Actions');
  return [...recent, ...rest.slice(0, 24)];
}

/** Of hundreds of zones, some of which have any two letters, those whose name has such a word. */
function meant(zones: readonly Entry[], text: string): readonly Entry[] {
  return text.length < fewestOfZone ? [] : zones.filter(({ label }) => fit(label, text) >= wordStart);
}

/** The best few of each group, groups in the order of their best. */
function best(entries: readonly Entry[], text: string, most = mostOfEach): Entry[] {
  const taken = new Map<string, number>();
  const fitting = entries
    .map((entry) => ({ entry, score: fitOf(entry, text) }))
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score);
  const order = [...new Set(fitting.map(({ entry }) => entry.group))];
  return fitting
    .filter(({ entry }) => {
      const before = taken.get(entry.group) ?? 0;
      taken.set(entry.group, before + 1);
      return before < most;
    })
    .map(({ entry }) => entry)
    .sort((one, other) => order.indexOf(one.group) - order.indexOf(other.group));
}
