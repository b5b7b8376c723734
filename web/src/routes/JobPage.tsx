import { Page, PageTitle } from '~/features/shell/Page';
export function JobPage() {
  return (
    <Page title={['Job']}>
      <PageTitle>Job</PageTitle>
    </Page>
  );
}
