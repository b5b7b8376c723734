import { describe, expect, it } from 'vitest';
import { ApiError } from '~/api/client';
import type { AlertRule } from '~/api/types';
import { channelBody, described, missing } from '~/features/alerts/channels/forms';
import { bodyOf, draftOf, filledIn, problemsFrom, problemsOf, watching } from '~/features/alerts/rules/draft';

const stored = {
  id: 3, name: 'Slow', kind: 'duration', measure: 'p95', threshold: 90, severity: 'low', enabled: false,
  within_runs: null, within_minutes: 60, for_checks: 2, clear_passes: 3, reminder_minutes: 240,
  scope: { repositories: ['acme/*'], workflows: ['CI'], branches: ['main'], events: ['push'] },
  channels: ['Ops'], message: '{workflow} is slow', sentence: '', unknown_channels: [], unit: 'seconds', threshold_type: 'duration',
  threshold_value: 90, last_triggered: null, fired_7d: 0, fired_by_day: [], created_at: '', updated_at: '',
} satisfies AlertRule;

describe('a rule that is edited', () => {
  it('comes back as it was', () => {
    const body = bodyOf(draftOf(stored));
    expect(stored).toMatchObject(body);
  });

  it('speaks of minutes and percent', () => {
    expect(draftOf(stored).threshold).toBe('1.5');
    const share = draftOf({ ...stored, kind: 'failure_rate', threshold: 0.07 });
    expect(share.threshold).toBe('7');
    expect(bodyOf(share).threshold).toBe(0.07);
  });

  it('takes a threshold that makes sense when it watches something else', () => {
    const draft = { ...draftOf(null), ...watching('duration', 'over_baseline') };
    expect(bodyOf(draft)).toMatchObject({ kind: 'duration', measure: 'over_baseline', threshold: 0.3 });
  });

  it('has a window only where one is counted', () => {
    expect(bodyOf(draftOf(null))).toMatchObject({ within_runs: null, within_minutes: null });
    const rate = { ...draftOf(null), ...watching('success_rate', 'average') };
    expect(bodyOf(rate)).toMatchObject({ within_runs: 10, within_minutes: null });
  });

  it('names what is missing before it asks', () => {
    const draft = { ...draftOf(null), threshold: '', checks: '0', within: '' };
    expect(Object.keys(problemsOf(draft))).toEqual(['name', 'threshold', 'checks']);
  });

  it('puts what the server says beside the field', () => {
    const error = (field: string, message: string) =>
      problemsFrom(new ApiError({ status: 422, title: '', detail: 'Please correct', fields: [{ field, message }] }));
    expect(error('within_minutes', 'too long')).toEqual({ within: 'Too long' });
    expect(error('scope.repositories.0', 'odd')).toEqual({ repositories: 'Odd' });
    expect(error('body', 'it makes no sense')).toEqual({ rule: 'It makes no sense' });
    const taken = new ApiError({ status: 409, title: '', detail: 'That name is taken' });
    expect(problemsFrom(taken)).toEqual({ name: 'That name is taken' });
  });

  it('shows how the headline reads and leaves what it does not know', () => {
    const draft = { ...draftOf(stored), message: '{workflow} of {repository}: {value} {nobody}' };
    expect(filledIn(draft)).toBe('CI of acme/api: 1.5 min {nobody}');
  });
});

describe('a channel that is added', () => {
  it('sends only what was answered, lists as lists', () => {
    const answers = { to: 'a@example.com, b@example.com', host: 'mail.example.com', user: ' ' };
    expect(channelBody('email', 'Team', answers, 'resend')).toEqual({
      kind: 'email', name: 'Team', to: ['a@example.com', 'b@example.com'], host: 'mail.example.com', port: 587,
    });
    expect(channelBody('slack bot', 'Bot', { token: 'xoxb-1', channel: 'C1' }, 'resend')).toEqual({
      kind: 'slack', name: 'Bot', token: 'xoxb-1', channel: 'C1',
    });
  });

  it('names what is missing', () => {
    expect(missing('webhook', '', {})).toEqual({ name: 'Give the channel a name.', url: 'URL is needed.' });
  });

  it('says where it leads as far as that is no secret', () => {
    expect(described({ kind: 'slack', config: { channel: '#ci' } })).toBe('Slack bot in #ci');
    const config = { to: ['a@example.com'], host: 'mail.example.com' };
    expect(described({ kind: 'email', config })).toBe('E-mail to a@example.com by mail.example.com');
  });
});
