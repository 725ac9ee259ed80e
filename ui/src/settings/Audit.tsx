import { Button, Table } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { api, told } from '../api/client';
import { moment } from '../shared/format';
import { Panel } from '../shared/Panel';
import { Empty, Failed, Loading } from '../shared/States';
import classes from './Forms.module.css';

const ACTORS: Record<string, string> = {
  account: 'Account',
  key: 'Key',
  command_line: 'The command line',
  server: 'The server',
};

/** Who changed what, the newest first. */
export function Audit() {
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ['audit'],
    queryFn: ({ pageParam }) =>
      told(api.GET('/audit', { params: { query: { limit: 100, cursor: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const entries = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Panel title="Audit log">
      {error && <Failed error={error} again={refetch} />}
      {!data && !error && <Loading label="Reading the log" lines={8} />}
      {data && entries.length === 0 && <Empty>Nothing was changed yet.</Empty>}
      {entries.length > 0 && (
        <div className={classes.scroll}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">When</Table.Th>
                <Table.Th scope="col">Who</Table.Th>
                <Table.Th scope="col">What</Table.Th>
                <Table.Th scope="col">Of</Table.Th>
                <Table.Th scope="col">Detail</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {entries.map((entry) => (
                <Table.Tr key={entry.id}>
                  <Table.Td>
                    <time dateTime={entry.at}>{moment(entry.at)}</time>
                  </Table.Td>
                  <Table.Td>{entry.actor.name ?? ACTORS[entry.actor.kind]}</Table.Td>
                  <Table.Td>{entry.action}</Table.Td>
                  <Table.Td>{entry.subject.name ?? entry.subject.kind}</Table.Td>
                  <Table.Td>
                    {Object.keys(entry.detail).length > 0 && <Detail detail={entry.detail} />}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      {hasNextPage && (
        <Button variant="default" size="xs" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Older ones
        </Button>
      )}
    </Panel>
  );
}

function Detail({ detail }: { detail: Record<string, unknown> }) {
  return (
    <details>
      <summary>Show</summary>
      <pre className={classes.note}>{JSON.stringify(detail, null, 2)}</pre>
    </details>
  );
}
