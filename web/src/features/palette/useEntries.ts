/** What the palette lists for what was typed. */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { openAlertsQuery } from '~/api/alertQueries';
import { quickLinesQuery } from '~/api/logs';
import { facetQuery, recentRunsQuery } from '~/api/queries';
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

/** `>` actions, `#` runs, `@` people and branches, `/` lines of logs; without a prefix, all but the last two. */
export function useEntries(text: string): Entry[] {
  const prefix = /^[>#@/]/.test(text) ? text.charAt(0) : '';
  const wanted = text.slice(prefix.length).trim();
  const rested = useRested(wanted);
  const tools = useTools();
  const still = useStill(tools);
  const zones = useMemo(() => zonesOf(tools), [tools]);
  const runs = useRuns(prefix, rested, tools);
  const who = useWho(prefix, rested, tools);
  const lines = useLines(prefix, rested, tools);
  if (prefix === '#') return runs;
  if (prefix === '@') return best(who, wanted);
  if (prefix === '/') return wanted === '' ? [] : [logSearchEntry(wanted, tools.navigate), ...lines];
  if (text.startsWith(zonePrefix.trim())) return best(zones, text.slice(1).trim(), zones.length);
  const offered = [...still, ...meant(zones, wanted)];
  const isAction = ({ group }: Entry): boolean => group === 'Actions' || group === 'Time zones';
  if (prefix === '>') return best(offered.filter(isAction), wanted, still.length);
  if (wanted === '') return atFirst(still);
  const found = wanted.length < fewest ? [] : [...runs, logSearchEntry(wanted, tools.navigate)];
  return [...best(offered, wanted), ...found];
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
function useStill(tools: Tools): Entry[] {
  const openView = useOpenView();
  const views = [...useSavedViews(), ...builtInViews];
  const { data: workflows = [] } = useQuery(facetQuery('workflow', {}, ''));
  const { data: repos = [] } = useQuery(facetQuery('repo', {}, ''));
  return [
    ...placesOf(tools),
    ...actionsOf(tools),
    ...viewEntries(views, openView),
    ...facetEntries('workflow', workflows, tools.navigate),
    ...facetEntries('repo', repos, tools.navigate),
  ];
}

function useRuns(prefix: string, text: string, { navigate }: Tools): Entry[] {
  const isAsked = prefix === '#' || (prefix === '' && text.length >= fewest);
  const q = text.replace(/^#/, '');
  const filter = { range: '30d', ...(q === '' ? {} : { q }) };
  const { data } = useQuery({ ...recentRunsQuery(filter, mostOfEach), enabled: isAsked });
  return runEntries(isAsked ? (data?.items ?? []) : [], navigate);
}

function useWho(prefix: string, text: string, { navigate }: Tools): Entry[] {
  const enabled = prefix === '@';
  const { data: people = [] } = useQuery({ ...facetQuery('actor', {}, text), enabled });
  const { data: branches = [] } = useQuery({ ...facetQuery('branch', {}, text), enabled });
  return [...whoEntries('actor', people, navigate), ...whoEntries('branch', branches, navigate)];
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
