import { createHmac } from "node:crypto";
import type { CloudOutputs } from "../cloud/outputs";

/** The block that `npm start` prints when everything is in service: where things are, and what to try. */
export function readyBlock({ stacks, local, secrets }: CloudOutputs, seconds: number): string {
    const platform = stacks["push-gateway"] ?? {};
    const orders = stacks["orders-service"] ?? {};
    const secret = secrets["webhookSecret"] ?? "";
    const { aws, tokenUrl, credentials, region } = local;
    return `
PushGateway is running (${seconds.toFixed(1)} s).

  Page       ${text(orders["pageUrl"])}
  WebSocket  ${text(platform["webSocketUrl"])}
  Webhook    ${text(orders["webhookUrl"])}
  Tokens     ${tokenUrl}?sub=ada
  AWS        ${aws}
  Outputs    .local/outputs.json

Try it: open the page and sign in as ada, or listen in a terminal:

  npx wscat -c '${text(platform["webSocketUrl"])}?channels=orders/@me' \\
    -H "Authorization: Bearer $(curl -sH 'Accept: text/plain' '${tokenUrl}?sub=ada')"

and let ada's order be paid, in another terminal, and then shipped:

  ${orderCommand(text(orders["webhookUrl"]), secret, "paid")}

  ${orderCommand(text(orders["webhookUrl"]), secret, "shipped")}

Any AWS SDK or the AWS CLI (boto3 and version 1 of the CLI, too) can write the orders table, put events and invoke the notifier:

  export AWS_ENDPOINT_URL=${aws} AWS_REGION=${region} AWS_DEFAULT_REGION=${region} \\
    AWS_ACCESS_KEY_ID=${credentials.accessKeyId} AWS_SECRET_ACCESS_KEY=${credentials.secretAccessKey}

Stop with Ctrl-C.
`;
}

/** A curl command that posts one signed change to the example's webhook. The same again changes nothing. */
function orderCommand(webhookUrl: string, secret: string, status: string): string {
    const body = JSON.stringify({ customer: "ada", orderId: "42", status, total: 99.5 });
    const signature = createHmac("sha256", secret).update(body).digest("hex");
    return `curl '${webhookUrl}' -H 'X-Hub-Signature-256: sha256=${signature}' \\
    -d '${body}'`;
}

function text(value: unknown): string {
    return typeof value === "string" ? value : "(not an output of this stack)";
}
