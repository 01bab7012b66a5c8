import type { Service } from "../host/service";
import { apiGateway } from "./api-gateway/service";
import { cloudWatch } from "./cloudwatch/service";
import { dynamoDb } from "./dynamodb/service";
import { eventSourceMappings } from "./event-source-mappings/service";
import { events } from "./events/service";
import { functionUrls } from "./function-urls/service";
import { iam } from "./iam/service";
import { issuer } from "./issuer/service";
import { lambda } from "./lambda/service";
import { pipes } from "./pipes/service";
import { sqs } from "./sqs/service";
import { streams } from "./streams/service";
import { sts } from "./sts/service";

/** Every service that the local cloud has. A new one is a line here; `local/README.md` says what goes into its folder. */
export const CATALOGUE = [
    apiGateway,
    cloudWatch,
    dynamoDb,
    eventSourceMappings,
    events,
    functionUrls,
    iam,
    issuer,
    lambda,
    pipes,
    sqs,
    streams,
    sts,
] as const;

type Known = (typeof CATALOGUE)[number];

type SettingsOf<S> = S extends Service<string, infer _, infer Settings> ? Settings : never;

/** What may be set of each service, by its name. */
export type ServiceSettings = { readonly [S in Known as S["name"]]?: SettingsOf<S> };
