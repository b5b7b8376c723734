/** Which alerts are listed: by where they stand, repository, severity and rule; all in the address. */

import { useQuery } from '@tanstack/react-query';
import { alertRulesQuery, type AlertFilter } from '~/api/alertQueries';
import { FacetFilter } from '~/features/filters/FacetFilter';
import { useSearchParams, useSetSearch } from '~/lib/router';
import type { Search } from '~/lib/search';
import { Button } from '~/ui/Button';
import { Segmented } from '~/ui/Segmented';

export const states = ['open', 'firing', 'acknowledged', 'muted', 'resolved', 'all'] as const;
export type Shown = (typeof states)[number];
const severities = ['critical', 'high', 'medium', 'low'];
const words: Readonly<Record<Shown, string>> = {
  open: 'Open', firing: 'Firing', acknowledged: 'Acknowledged', muted: 'Muted', resolved: 'Resolved', all: 'All',
};

/** What a query string asks for; what makes no sense is left out. */
export function alertFilter(search: Search): AlertFilter & { state: Shown } {
  const { state, severity, rule } = search;
  return {
    state: states.find((one) => one === state) ?? 'open',
    repo: search.repo,
    severity: severities.find((one) => one === severity),
    rule: typeof rule === 'string' && /^[1-9]\d{0,15}$/.test(rule) ? rule : undefined,
  };
}

/** Whether anything but where alerts stand is chosen. */
export function isNarrowed({ repo, severity, rule }: AlertFilter): boolean {
  return [repo, severity, rule].some((value) => value !== undefined);
}

export const noFilters = { repo: undefined, severity: undefined, rule: undefined, state: undefined } as const;

/** The row of filters over the list. */
export function AlertFilters() {
  const filter = alertFilter(useSearchParams());
  const setSearch = useSetSearch();
  return (
    <div role="search" aria-label="Alerts" className="flex flex-wrap items-center gap-2">
      <div className="max-w-full overflow-x-auto">
        <Segmented<Shown>
          label="Which alerts"
          choices={states.map((value) => ({ value, label: words[value] }))}
          value={filter.state}
          onChange={(state) => { setSearch({ state: state === 'open' ? undefined : state }); }}
        />
      </div>
      <FacetFilter field="repo" name="Repository" all="all" />
      <select
        aria-label="Severity"
        className="h-7 rounded-control border border-line bg-bg px-2 text-control font-medium max-sm:text-section coarse:h-11"
        value={typeof filter.severity === 'string' ? filter.severity : ''}
        onChange={(event) => { setSearch({ severity: event.target.value === '' ? undefined : event.target.value }); }}
      >
        <option value="">Any severity</option>
        {severities.map((one) => <option key={one} value={one}>{one}</option>)}
      </select>
      {typeof filter.rule === 'string' && <OfRule id={filter.rule} />}
      {isNarrowed(filter) && (
        <Button look="quiet" onClick={() => { setSearch(({ state }) => ({ ...noFilters, state })); }}>
          Clear
        </Button>
      )}
    </div>
  );
}

function OfRule({ id }: { id: string }) {
  const setSearch = useSetSearch();
  const { data } = useQuery(alertRulesQuery);
  const name = data?.items.find((rule) => String(rule.id) === id)?.name ?? id;
  return (
    <Button icon="close" aria-label={`Take away: rule ${name}`} onClick={() => { setSearch({ rule: undefined }); }}>
      Rule: {name}
    </Button>
  );
}
