import type { Schemas } from '../api/client';

interface Key {
  dialect: Schemas['Channel'];
  secret: string;
  access_key_id?: string | null;
  client_id?: string | null;
}

export interface Snippet {
  title: string;
  code: string;
}

type Project = Pick<
  Schemas['Project'],
  'id' | 'name' | 'number' | 'amazon_q_application_id' | 'haptik_business_id'
>;

/** How a first vote is sent with a key: by curl, and as the dialect's own clients do. */
export function snippets(key: Key, project: Project, server: string): Snippet[] {
  return WAYS[key.dialect](key, project, server);
}

type Way = (key: Key, project: Project, server: string) => Snippet[];

const WAYS: Record<Schemas['Channel'], Way> = {
  native: ({ secret }, { name }, server) => {
    const url = `${server}/candor/v1/projects/${encodeURIComponent(name)}/feedback`;
    const vote = `{"message": {"external_id": "m-1"}, "author": {"end_user": "grace"}, "rating": "negative", "comment": "The wrong plan."}`;
    return [
      curl(url, [`Authorization: Bearer ${secret}`], vote),
      {
        title: 'JavaScript',
        code: `await fetch(${quoted(url)}, {
  method: "POST",
  headers: { Authorization: ${quoted(`Bearer ${secret}`)}, "Content-Type": "application/json" },
  body: JSON.stringify(${vote}),
});`,
      },
    ];
  },
  dify: ({ secret }, _, server) => [
    curl(
      `${server}/v1/messages/5f0c3a52-8d1e-4b7a-9c55-2f6f1f0a7d11/feedbacks`,
      [`Authorization: Bearer ${secret}`],
      '{"rating": "like", "user": "ada", "content": "Just what I needed."}',
    ),
    {
      title: 'Python: dify-client',
      code: `from dify_client import ChatClient

client = ChatClient(${quoted(secret)})
client.base_url = ${quoted(`${server}/v1`)}
client.message_feedback("5f0c3a52-8d1e-4b7a-9c55-2f6f1f0a7d11", "like", "ada")`,
    },
  ],
  wonderchat: ({ secret }, _, server) => {
    const url = `${server}/api/v1/update-message-feedback`;
    const vote = `{"apiKey": ${quoted(secret)}, "messageId": "clm1n0vvs000008l43ez2bxyz", "feedback": "HELPFUL"}`;
    return [
      curl(url, [], vote),
      {
        title: 'JavaScript',
        code: `await fetch(${quoted(url)}, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(${vote}),
});`,
      },
    ];
  },
  melodi: ({ secret }, { number }, server) => [
    curl(
      `${server}/api/external/feedback`,
      [`api-key: ${secret}`],
      `{"projectId": ${number}, "feedbackType": "POSITIVE", "externalThreadId": "chat_123"}`,
    ),
    {
      title: 'Node: @melodi/melodi-sdk-typescript',
      code: `// MELODI_BASE_URL_OVERRIDE=${server}
import { createFeedback } from "@melodi/melodi-sdk-typescript";

await createFeedback(
  { projectId: ${number}, feedbackType: "POSITIVE", externalThreadId: "chat_123" },
  ${quoted(secret)},
);`,
    },
  ],
  amazon_q: ({ secret, access_key_id }, project, server) => {
    const application = project.amazon_q_application_id ?? project.id;
    const conversation = 'a3a1c4de-4b8f-4b3f-8a55-0c4f2f1f9d01';
    const message = '0c9f3f0e-8a55-4b3f-9d01-a3a1c4de4b8f';
    const url = `${server}/applications/${application}/conversations/${conversation}/messages/${message}/feedback?userId=ada`;
    const usefulness = `{"usefulness": "USEFUL", "submittedAt": 1767225600}`;
    return [
      {
        title: 'curl',
        code: `curl -X POST ${shell(url)} \\
  --aws-sigv4 'aws:amz:us-east-1:qbusiness' --user ${shell(`${access_key_id ?? ''}:${secret}`)} \\
  -H 'Content-Type: application/json' \\
  -d ${shell(`{"messageUsefulness": ${usefulness}}`)}`,
      },
      {
        title: 'Python: boto3',
        code: `import datetime

import boto3

client = boto3.client(
    "qbusiness",
    region_name="us-east-1",
    endpoint_url=${quoted(server)},
    aws_access_key_id=${quoted(access_key_id ?? '')},
    aws_secret_access_key=${quoted(secret)},
)
client.put_feedback(
    applicationId=${quoted(application)},
    conversationId=${quoted(conversation)},
    messageId=${quoted(message)},
    userId="ada",
    messageUsefulness={"usefulness": "USEFUL", "submittedAt": datetime.datetime.now(datetime.timezone.utc)},
)`,
      },
    ];
  },
  haptik: ({ secret, client_id }, { haptik_business_id }, server) => {
    const url = `${server}/v1.0/log_feedback_from_user/`;
    const vote = `{"auth_id": "u1", "business_id": ${haptik_business_id ?? 1}, "query_resolved": true, "query_rating": 5}`;
    return [
      curl(url, [`Authorization: Bearer ${secret}`, `client-id: ${client_id ?? ''}`], vote),
      {
        title: 'Python: requests',
        code: `import requests

requests.post(
    ${quoted(url)},
    headers={"Authorization": ${quoted(`Bearer ${secret}`)}, "client-id": ${quoted(client_id ?? '')}},
    json=${vote.replace('true', 'True')},
)`,
      },
    ];
  },
};

function curl(url: string, headers: string[], body: string): Snippet {
  const lines = [...headers, 'Content-Type: application/json'].map((header) => `  -H ${shell(header)}`);
  return {
    title: 'curl',
    code: [`curl -X POST ${shell(url)}`, ...lines, `  -d ${shell(body)}`].join(' \\\n'),
  };
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

/** A word of a POSIX shell. */
function shell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
