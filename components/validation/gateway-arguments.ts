import { LOG_RETENTION_DAYS } from "../../contract/limits";
import { BOOLEAN, IDENTIFIER, listOf, oneOf, wholeNumber } from "../../contract/values";
import { AUTHORIZE_SETTINGS } from "../../functions/authorize/settings";
import { FAN_OUT_SETTINGS } from "../../functions/fan-out/settings";
import { MAX_SUBSCRIPTIONS } from "../../functions/runtime/shared-settings";
import { validateNetwork } from "../lambda/network";
import type { PushGatewayArgs } from "../arguments/push-gateway-args";
import { CIDR_BLOCK } from "./argument-kinds";
import type { ArgumentTable } from "./checked-arguments";
import { addProblems } from "./checked-arguments";
import type { InputProblems } from "./input-problems";

/** What the arguments of a gateway may be. Those that a function is told are as its setting says. */
export const GATEWAY_ARGUMENTS: ArgumentTable<PushGatewayArgs> = {
    issuer: { ...AUTHORIZE_SETTINGS.issuer, required: true },
    audience: { ...AUTHORIZE_SETTINGS.audience, required: true },
    allowedOrigins: { ...AUTHORIZE_SETTINGS.allowedOrigins, required: true },
    jwksUri: AUTHORIZE_SETTINGS.jwksUri,
    tokenInQuery: AUTHORIZE_SETTINGS.tokenInQuery,
    userIdClaim: AUTHORIZE_SETTINGS.userIdClaim,
    forwardedClaims: AUTHORIZE_SETTINGS.forwardedClaims,
    maxSubscriptionsPerConnection: MAX_SUBSCRIPTIONS,
    throttling: {
        kind: {
            type: "record",
            required: { rateLimit: wholeNumber(1, 10_000), burstLimit: wholeNumber(1, 5_000) },
            optional: {},
        },
        preset: { rateLimit: 2_000, burstLimit: 1_000 },
    },
    logRetentionDays: { kind: oneOf(LOG_RETENTION_DAYS), preset: 30 },
    deliveryRate: FAN_OUT_SETTINGS.deliveryRate,
    deliveryConcurrency: FAN_OUT_SETTINGS.deliveryConcurrency,
    network: {
        kind: {
            type: "record",
            required: {},
            optional: {
                create: BOOLEAN,
                cidrBlock: CIDR_BLOCK,
                vpcId: IDENTIFIER,
                subnetIds: listOf(IDENTIFIER),
                securityGroupIds: listOf(IDENTIFIER),
            },
        },
    },
    protect: { kind: BOOLEAN, preset: false },
    manageApiGatewayLogging: { kind: BOOLEAN, preset: false },
    alarmActions: { kind: listOf(IDENTIFIER) },
};

/** Adds everything about a gateway's arguments that is known now and would be refused later. */
export function validateGateway(args: PushGatewayArgs, problems: Pick<InputProblems, "add">): void {
    addProblems(GATEWAY_ARGUMENTS, args, problems);
    if (typeof args.network === "object") {
        validateNetwork(args.network, problems);
    }
}
