import { Page, PageTitle } from '~/features/shell/Page';
export function GridPage() {
  return (
    <Page title={['Grid']}>
      <PageTitle>Grid</PageTitle>
    </Page>
  );
}
