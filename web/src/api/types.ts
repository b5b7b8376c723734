/** The shapes the pages speak of, by the names they use. */

import type { Readable } from '~/api/client';
import type * as schema from '~/api/schema';

export type Meta = schema.Meta;
export type Run = schema.FullRun;
export type Job = schema.FullJob;
export type Step = schema.FullStep;
export type RunPage = schema.RunPage;
export type RunDetails = schema.RunDetails;
export type Commit = schema.CommitRef;
export type Kpi = schema.Kpi;
export type OutcomeBucket = schema.OutcomeBucket;
export type DurationBucket = schema.DurationBucket;
export type FacetField = schema.FacetField;
export type FacetValue = schema.FacetValue;
export type RepositoryItem = schema.RepositoryItem;
export type WorkflowItem = schema.WorkflowItem;
export type DeliveryItem = schema.DeliveryItem;
export type RawDelivery = schema.RawDelivery;
export type RetentionPreview = schema.RetentionPreview;
export type RunDetailsAnswer = Readable['/api/v1/runs/{run_id}'];

// The paths below are on their way to the server; their shapes move to the schema when they land.

export interface Me {
  login: string | null;
  name: string | null;
  role: 'viewer' | 'operator' | 'admin';
}

export interface Verdict {
  state: 'green' | 'red' | 'recovering' | 'stale' | 'empty';
  branch_label: string;
  failing: number;
  total: number;
  since: string | null;
  first_bad: { run_id: number; commit: Commit | null; untested_between: number } | null;
  last_green: { run_id: number; commit: Commit | null; at: string | null } | null;
  recovering: {
    run_id: number;
    run_number: number | null;
    workflow: string;
    commit: Commit | null;
  } | null;
  items: {
    repo: string;
    workflow: string;
    workflow_id: number;
    run_id: number;
    run_number: number | null;
    since: string | null;
    first_error_text: string | null;
  }[];
  last_failure_at: string | null;
  data_as_of: string | null;
}

export interface StripCell {
  run_id: number;
  run_number: number | null;
  status: string;
  conclusion: string | null;
  flaky: boolean;
  at: string;
  duration_seconds: number | null;
  sha: string | null;
}

export interface StripRow {
  repo: string;
  workflow: string;
  workflow_id: number;
  cells: StripCell[];
  success_rate: number | null;
  p50_seconds: number | null;
  red_since: string | null;
}

export interface Strips {
  rows: StripRow[];
  total: number;
}

export interface FixItem {
  rank: number;
  kind: string;
  title: string;
  subtitle: string | null;
  since: string | null;
  commit: Commit | null;
  impact: {
    runs: number;
    branches: number;
    wasted_minutes: number | null;
    blocks_default: boolean;
  };
  score: number;
  href: string;
  action: { label: string; href: string } | null;
}

export interface FixFirst {
  items: FixItem[];
  formula: string;
}

export type GridState =
  | 'success'
  | 'failure'
  | 'mixed'
  | 'running'
  | 'cancelled'
  | 'skipped'
  | 'none';

export interface GridCell {
  s: GridState;
  n: number;
  failed: number;
  flaky: number | null;
  run_id: number | null;
}

export interface GridRow {
  repo: string;
  workflow: string;
  workflow_id: number;
  cells: GridCell[];
  rate: number | null;
  red_since: string | null;
}

export interface GridColumn {
  start: string;
  end: string;
  complete: boolean;
}

export interface TimeGrid {
  columns: GridColumn[];
  rows: GridRow[];
}

export interface View {
  id: number;
  slug: string;
  name: string;
  path: string;
  search: string;
  shared: boolean;
  pinned: boolean;
}
