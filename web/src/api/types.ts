/** The shapes the pages speak of, by the names they use. */

import type * as schema from '~/api/schema';

export type Meta = schema.Meta;
export type Run = schema.FullRun;
export type LogMeta = schema.LogMeta;
export type LogGrowth = schema.LogGrowth;
export type LogSearchPage = schema.LogSearch;
export type LogHits = schema.LogHits;
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
export type Backfill = schema.BackfillItem;
export type CredentialBudget = schema.CredentialItem;
export type WorkflowItem = schema.WorkflowItem;
export type DeadLetter = schema.DeadLetter;
export type DeliveryItem = schema.DeliveryItem;
export type RawDelivery = schema.RawDelivery;
export type RetentionPreview = schema.RetentionPreview;

export type Demo = schema.Demo;
export type Me = schema.Me;
export type Verdict = schema.Verdict;
export type Strips = schema.Strips;
export type StripRow = schema.StripRow;
export type StripCell = schema.StripCell;
export type FixFirst = schema.FixFirst;
export type FixItem = schema.Fix;
export type TimeGrid = schema.TimeGrid;
export type GridRow = schema.TimeRow;
export type GridCell = schema.TimeCell;
export type GridState = schema.CellState;
export type GridColumn = schema.GridColumn;

export type View = schema.View;
export type Wall = schema.Wall;
export type WorkflowJob = schema.WorkflowDetails['jobs'][number];

export type Alert = schema.Alert;
export type AlertPage = schema.Alerts;
export type AlertDetail = schema.AlertDetail;
export type SentMessage = schema.Sent;
export type AlertRule = schema.StoredRule;
export type AlertChannel = schema.StoredChannel;
export type ChannelTest = schema.TestResult;
export type RulePreview = schema.RulePreview;
