import { AwsError } from "../../aws/aws-error";

/** The policy that says who may invoke a function, beside its account's own roles. */
export interface FunctionPermission {
    readonly statementId: string;
    /** `lambda:InvokeFunction` or `lambda:InvokeFunctionUrl`. */
    readonly action: string;
    /** A service (`events.amazonaws.com`), an account, an ARN, or `*`. */
    readonly principal: string;
    readonly sourceArn?: string;
    readonly sourceAccount?: string;
    readonly functionUrlAuthType?: string;
    readonly invokedViaFunctionUrl?: boolean;
}

/** A function's resource policy, made of permissions. */
export class FunctionPolicy {
    private readonly permissions = new Map<string, FunctionPermission>();

    /** @throws AwsError ResourceConflictException for a statement id that is taken. */
    add(permission: FunctionPermission): void {
        if (this.permissions.has(permission.statementId)) {
            throw new AwsError(
                "ResourceConflictException",
                `The statement id (${permission.statementId}) provided already exists. ` +
                    "Please provide a new statement id, or remove the existing statement.",
                409,
            );
        }
        this.permissions.set(permission.statementId, permission);
    }

    remove(statementId: string): void {
        this.permissions.delete(statementId);
    }

    /** JSON text, or `undefined` without any permission. */
    render(functionArn: string): string | undefined {
        if (this.permissions.size === 0) {
            return undefined;
        }
        const statements = [...this.permissions.values()].map((permission) => statementOf(permission, functionArn));
        return JSON.stringify({ Version: "2012-10-17", Id: "default", Statement: statements });
    }
}

function statementOf(permission: FunctionPermission, functionArn: string): unknown {
    const { statementId, action, principal, sourceArn, sourceAccount, functionUrlAuthType, invokedViaFunctionUrl } =
        permission;
    const condition = {
        ...(sourceArn === undefined ? {} : { ArnLike: { "AWS:SourceArn": sourceArn } }),
        ...equals({
            "AWS:SourceAccount": sourceAccount,
            "lambda:FunctionUrlAuthType": functionUrlAuthType,
        }),
        ...(invokedViaFunctionUrl === undefined
            ? {}
            : { Bool: { "lambda:InvokedViaFunctionUrl": String(invokedViaFunctionUrl) } }),
    };
    return {
        Sid: statementId,
        Effect: "Allow",
        Principal: principalOf(principal),
        Action: action,
        Resource: functionArn,
        ...(Object.keys(condition).length === 0 ? {} : { Condition: condition }),
    };
}

function equals(keys: Readonly<Record<string, string | undefined>>): Readonly<Record<string, unknown>> {
    const given = Object.entries(keys).filter(([, value]) => value !== undefined);
    return given.length === 0 ? {} : { StringEquals: Object.fromEntries(given) };
}

function principalOf(principal: string): unknown {
    if (principal === "*") {
        return "*";
    }
    if (/^\d{12}$/.test(principal)) {
        return { AWS: `arn:aws:iam::${principal}:root` };
    }
    return principal.startsWith("arn:") ? { AWS: principal } : { Service: principal };
}
