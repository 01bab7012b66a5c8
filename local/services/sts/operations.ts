import { ACCOUNT_ID } from "../../aws/account";
import type { Authorize, Principal } from "../../aws/authorization";
import { AwsError } from "../../aws/aws-error";
import { constraintText, NOT_NULL } from "../../aws/constraint";
import { callerOf, roleId } from "../../signing/caller";
import { assumedRoleArn, type Credentials } from "../../signing/credentials";
import { unknownOperation } from "../../edge/json-service";
import { escapeXml, queryError, queryFields, queryResponse } from "../../edge/query-protocol";
import type { EdgeRequest, EdgeResponse, EdgeService } from "../../edge/service";

const NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";

const DEFAULT_DURATION_SECONDS = 3600;

/** A session of a role that takes on another lasts no longer, whatever the role allows. */
const CHAINED_DURATION_SECONDS = 3600;

export interface StsOptions {
    readonly credentials: Credentials;
    readonly authorize: Authorize;
    /** Whether the graph has a role of this ARN. */
    readonly roleExists: (roleArn: string) => boolean;
}

/**
 * STS: who am I, and a role of the graph: for whom its trust policy names, and for the administrator, to see what that
 * role may do.
 */
export function stsService(options: StsOptions): EdgeService {
    return {
        name: "sts",
        matches: (request) => request.signingName === "sts",
        handle: async (request) => handle(options, request),
        renderError: queryError,
    };
}

function handle(options: StsOptions, request: EdgeRequest): EdgeResponse {
    const { action, fields } = queryFields(request.body);
    switch (action) {
        case "GetCallerIdentity":
            return queryResponse(action, NAMESPACE, callerIdentity(request.principal), request.id);
        case "AssumeRole":
            return queryResponse(action, NAMESPACE, assumeRole(options, request.principal, fields), request.id);
        default:
            throw unknownOperation("sts", action, ["GetCallerIdentity", "AssumeRole"]);
    }
}

function callerIdentity(principal: Principal): string {
    const { arn, id } = callerOf(principal) ?? { arn: "", id: "" };
    return `<Arn>${escapeXml(arn)}</Arn><UserId>${escapeXml(id)}</UserId><Account>${ACCOUNT_ID}</Account>`;
}

function assumeRole(
    { credentials, authorize, roleExists }: StsOptions,
    principal: Principal,
    fields: URLSearchParams,
): string {
    const roleArn = required(fields, "RoleArn");
    const sessionName = required(fields, "RoleSessionName");
    if (!/^[\w+=,.@-]{2,64}$/.test(sessionName)) {
        const constraint = "Member must satisfy regular expression pattern: [\\w+=,.@-]*";
        throw new AwsError("ValidationError", constraintText(`'${sessionName}'`, "roleSessionName", constraint));
    }
    const seconds = durationOf(fields, principal);
    const externalId = fields.get("ExternalId");
    const context = {
        "sts:RoleSessionName": sessionName,
        ...(externalId === null ? {} : { "sts:ExternalId": externalId }),
    };
    authorize({ principal, action: "sts:AssumeRole", resource: roleArn, context });
    // The administrator may do anything, but not take on what does not exist; AWS answers that as it does no permission.
    if (!roleExists(roleArn)) {
        const who = "arn" in principal ? principal.arn : principal.kind;
        const text = `User: ${who} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;
        throw new AwsError("AccessDenied", text, 403);
    }
    const issued = credentials.issueRoleCredentials(roleArn, sessionName, seconds);
    const expiration = new Date(issued.expiration).toISOString();
    return (
        `<AssumedRoleUser><Arn>${escapeXml(assumedRoleArn(roleArn, sessionName))}</Arn>` +
        `<AssumedRoleId>${escapeXml(`${roleId(roleArn)}:${sessionName}`)}</AssumedRoleId></AssumedRoleUser>` +
        `<Credentials><AccessKeyId>${issued.accessKeyId}</AccessKeyId>` +
        `<SecretAccessKey>${escapeXml(issued.secretAccessKey)}</SecretAccessKey>` +
        `<SessionToken>${escapeXml(issued.sessionToken)}</SessionToken>` +
        `<Expiration>${expiration}</Expiration></Credentials>`
    );
}

function durationOf(fields: URLSearchParams, principal: Principal): number {
    const seconds = Number(fields.get("DurationSeconds") ?? DEFAULT_DURATION_SECONDS);
    if (!Number.isInteger(seconds) || seconds < 900 || seconds > 43_200) {
        throw new AwsError("ValidationError", "DurationSeconds must be between 900 and 43200 seconds");
    }
    if (principal.kind === "role" && seconds > CHAINED_DURATION_SECONDS) {
        const text =
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
        throw new AwsError("ValidationError", text);
    }
    return seconds;
}

function required(fields: URLSearchParams, name: string): string {
    const value = fields.get(name);
    if (value === null || value === "") {
        const member = name.charAt(0).toLowerCase() + name.slice(1);
        throw new AwsError("ValidationError", constraintText("null", member, NOT_NULL));
    }
    return value;
}
