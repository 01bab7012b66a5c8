import { MalformedPolicyError, parsePolicy } from "../../iam";
import type { Statement } from "../../iam";
import { asProperties, items } from "../resources/properties";
import type { Properties } from "../resources/properties";
import { judgeEach } from "../resources/unknowns";

/** Where a policy is: on an identity, saying what it may do, or on a resource, saying who may do what to it. */
export type PolicyKind = "identity" | "resource";

/** The property that holds a policy, by type. */
const DOCUMENTS: Readonly<Record<PolicyKind, Readonly<Record<string, string>>>> = {
    identity: {
        "aws:iam/groupPolicy:GroupPolicy": "policy",
        "aws:iam/policy:Policy": "policy",
        "aws:iam/rolePolicy:RolePolicy": "policy",
        "aws:iam/userPolicy:UserPolicy": "policy",
        "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy": "inlinePolicy",
    },
    resource: {
        "aws:cloudwatch/eventBusPolicy:EventBusPolicy": "policy",
        "aws:dynamodb/resourcePolicy:ResourcePolicy": "policy",
        "aws:sns/topic:Topic": "policy",
        "aws:sns/topicPolicy:TopicPolicy": "policy",
        "aws:sqs/queue:Queue": "policy",
        "aws:sqs/queuePolicy:QueuePolicy": "policy",
    },
};

/** A role can carry policies itself, in `inlinePolicies`. */
export const ROLE = "aws:iam/role:Role";

export const IDENTITY_POLICY_TYPES: readonly string[] = [...Object.keys(DOCUMENTS.identity), ROLE];
export const RESOURCE_POLICY_TYPES: readonly string[] = Object.keys(DOCUMENTS.resource);

interface HasPolicies {
    readonly type: string;
    readonly props: Properties;
}

/**
 * Judges each statement that allows something, of every policy that the resource holds, be it JSON text or an object.
 * What cannot be read is nobody's statement here; the rule `policies-are-readable` reports it.
 */
export function judgeAllowed(resource: HasPolicies, judge: (statement: Statement) => void): void {
    judgeAllowedBy(documentReaders(resource), judge);
}

/** Judges each statement by which a role lets somebody take it on. */
export function judgeTrust(resource: HasPolicies, judge: (statement: Statement) => void): void {
    judgeAllowedBy(trustReaders(resource), judge);
}

/** What is wrong with the policies that the resource holds. */
export function judgeReadability(resource: HasPolicies, report: (problem: string) => void): void {
    judgeEach([...documentReaders(resource), ...trustReaders(resource)], (read) => {
        judgeEach(statementReaders(read()), (readStatements) => {
            try {
                readStatements();
            } catch (error) {
                if (!(error instanceof MalformedPolicyError)) {
                    throw error;
                }
                report(error.message);
            }
        });
    });
}

/** For messages: the statement by its `Sid`, or by its position. */
export function nameOf(statement: Statement): string {
    return statement.sid === undefined ? `Statement ${statement.index + 1}` : `The statement ${statement.sid}`;
}

function judgeAllowedBy(readers: readonly (() => unknown)[], judge: (statement: Statement) => void): void {
    judgeEach(readers, (read) => {
        judgeEach(statementReaders(read()), (readStatements) => {
            for (const statement of readable(readStatements)) {
                if (statement.effect === "Allow") {
                    judge(statement);
                }
            }
        });
    });
}

/** Each reads one document; in a preview it may turn out not to be known yet. */
function documentReaders({ type, props }: HasPolicies): readonly (() => unknown)[] {
    if (type === ROLE) {
        return items(props, "inlinePolicies").map((read) => () => asProperties(read())["policy"]);
    }
    const property = DOCUMENTS.identity[type] ?? DOCUMENTS.resource[type];
    return property === undefined ? [] : [() => props[property]];
}

function trustReaders({ type, props }: HasPolicies): readonly (() => unknown)[] {
    return type === ROLE ? [() => props["assumeRolePolicy"]] : [];
}

/** Each reads some of the statements: of an object one by one, since only some of them may be known yet. */
function statementReaders(document: unknown): readonly (() => readonly Statement[])[] {
    if (document === undefined || document === null || document === "") {
        return [];
    }
    if (typeof document !== "object") {
        return [() => parsePolicy(document).statements];
    }
    const { Version, Statement: given } = document as { Version?: unknown; Statement?: unknown };
    if (!Array.isArray(given) || given.length === 0) {
        return [() => parsePolicy(document).statements];
    }
    const version = Version === undefined ? {} : { Version };
    return [...given.keys()].map((index) => () => {
        const one = parsePolicy({ ...version, Statement: [plain((given as readonly unknown[])[index])] });
        return one.statements.map((statement) => ({ ...statement, index }));
    });
}

/** A copy without the engine's proxies. Touches every member, and so throws here where one is not known yet. */
function plain(value: unknown): unknown {
    return JSON.parse(JSON.stringify(value ?? null)) as unknown;
}

function readable(read: () => readonly Statement[]): readonly Statement[] {
    try {
        return read();
    } catch (error) {
        if (error instanceof MalformedPolicyError) {
            return [];
        }
        throw error;
    }
}
