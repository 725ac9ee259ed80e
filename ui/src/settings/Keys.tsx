import { Button, Modal, Table } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, told, type Schemas } from '../api/client';
import { keys } from '../api/settings';
import { dayOf } from '../shared/format';
import { Panel } from '../shared/Panel';
import { Empty, Failed, Loading, Refused } from '../shared/States';
import { CHANNELS } from '../shared/words';
import classes from './Forms.module.css';
import { IssuedKey } from './IssuedKey';
import { NewKey } from './NewKey';

type Key = Schemas['Key'];

export function Keys() {
  const { data, error, refetch } = useQuery(keys);
  const [making, setMaking] = useState(false);
  const [issued, setIssued] = useState<Schemas['IssuedKey'] | null>(null);
  const [revoking, setRevoking] = useState<Key | null>(null);
  return (
    <div className={classes.parts}>
      {issued && (
        <IssuedKey
          issued={issued}
          onDone={() => {
            setIssued(null);
          }}
        />
      )}
      <Panel
        title="Keys"
        aside={
          <Button
            size="xs"
            onClick={() => {
              setMaking(true);
            }}
          >
            New key
          </Button>
        }
      >
        {error && <Failed error={error} again={refetch} />}
        {!data && !error && <Loading label="Reading the keys" />}
        {data?.length === 0 && <Empty>There is no key.</Empty>}
        {data && data.length > 0 && <KeyTable keys={data} onRevoke={setRevoking} />}
      </Panel>
      <NewKey
        opened={making}
        onClose={() => {
          setMaking(false);
        }}
        onMade={(key) => {
          setMaking(false);
          setIssued(key);
        }}
      />
      {revoking && (
        <Revoke
          revoking={revoking}
          onClose={() => {
            setRevoking(null);
          }}
        />
      )}
    </div>
  );
}

function KeyTable({ keys: shown, onRevoke }: { keys: Key[]; onRevoke: (key: Key) => void }) {
  return (
    <div className={classes.scroll}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Key</Table.Th>
            <Table.Th scope="col">Dialect</Table.Th>
            <Table.Th scope="col">Opens</Table.Th>
            <Table.Th scope="col">May</Table.Th>
            <Table.Th scope="col">Made</Table.Th>
            <Table.Th scope="col">Revoke</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {shown.map((key) => (
            <Table.Tr key={key.id} className={key.revoked_at === null ? undefined : classes.gone}>
              <Table.Th scope="row">
                {key.name ?? 'Without a name'}
                <p className={classes.note}>{key.hint}</p>
              </Table.Th>
              <Table.Td>{CHANNELS[key.dialect]}</Table.Td>
              <Table.Td>{key.project?.name ?? 'All projects'}</Table.Td>
              <Table.Td>{key.publishable ? 'only send votes' : key.scopes.join(', ')}</Table.Td>
              <Table.Td>{dayOf(key.created_at)}</Table.Td>
              <Table.Td>
                {key.revoked_at ? (
                  `Revoked ${dayOf(key.revoked_at)}`
                ) : (
                  <Button
                    size="compact-xs"
                    variant="default"
                    aria-label={`Revoke ${key.name ?? key.hint}`}
                    onClick={() => {
                      onRevoke(key);
                    }}
                  >
                    Revoke
                  </Button>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Revoke({ revoking, onClose }: { revoking: Key; onClose: () => void }) {
  const queries = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => told(api.DELETE('/keys/{id}', { params: { path: { id: revoking.id } } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: keys.queryKey });
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title="Revoke this key?" transitionProps={{ duration: 0 }}>
      <div className={classes.form}>
        <p>
          Whoever holds {revoking.name ?? 'it'} ({revoking.hint}) is refused from now on. This cannot be
          undone.
        </p>
        <Refused error={revoke.error} />
        <div className={classes.line}>
          <Button
            color="red"
            loading={revoke.isPending}
            onClick={() => {
              revoke.mutate();
            }}
          >
            Revoke
          </Button>
          <Button variant="default" onClick={onClose} data-autofocus>
            Keep it
          </Button>
        </div>
      </div>
    </Modal>
  );
}
