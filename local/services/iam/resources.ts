import type { IamStore } from "./iam-store";
import { Inputs } from "../../resources/inputs";
import { physicalName } from "../../resources/physical-name";
import type { Created, Registration, ResourceBehaviour, ResourceBehaviours } from "../../resources/resource";

/** Roles and policies of a graph, put into the account. */
export function iamBehaviours(iam: IamStore): ResourceBehaviours {
    return {
        "aws:iam/role:Role": roles(iam),
        "aws:iam/rolePolicy:RolePolicy": rolePolicies(iam),
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment": attachments(iam),
        "aws:iam/policy:Policy": policies(iam),
    };
}

function roles(iam: IamStore): ResourceBehaviour {
    const put = (registration: Registration): Created => {
        const inputs = new Inputs(registration);
        inputs.refuse("is not served by the local cloud", "permissionsBoundary");
        const name = physicalName(registration, inputs.optionalString("name"), inputs.optionalString("namePrefix"));
        const document = registration.inputs["assumeRolePolicy"];
        const path = inputs.optionalString("path") ?? "/";
        const inline = inputs
            .structures("inlinePolicies")
            .map((policy) => [policy.string("name"), policy.string("policy")] as const);
        const attached = inputs.strings("managedPolicyArns");
        const arn = inputs.within(() => {
            const created = iam.putRole(name, path, document);
            for (const [policyName, policy] of inline) {
                iam.putInlinePolicy(name, policyName, policy);
            }
            for (const policyArn of attached) {
                iam.attach(name, policyArn);
            }
            return created;
        });
        return { id: name, outputs: { name, arn, path, uniqueId: `AROA${name}`, assumeRolePolicy: textOf(document) } };
    };
    return {
        create: put,
        update(registration, current) {
            if (
                physicalName(registration, registration.inputs["name"], registration.inputs["namePrefix"]) !==
                current.id
            ) {
                iam.deleteRole(current.id);
            }
            return put(registration);
        },
        delete({ id }) {
            iam.deleteRole(id);
        },
    };
}

function rolePolicies(iam: IamStore): ResourceBehaviour {
    return {
        create(registration) {
            const inputs = new Inputs(registration);
            const role = inputs.string("role");
            const name = physicalName(registration, inputs.optionalString("name"), inputs.optionalString("namePrefix"));
            const document = registration.inputs["policy"];
            inputs.within(() => {
                iam.putInlinePolicy(role, name, document);
            });
            return { id: `${role}:${name}`, outputs: { role, name, policy: textOf(document) } };
        },
        delete({ outputs }) {
            iam.deleteInlinePolicy(String(outputs["role"]), String(outputs["name"]));
        },
    };
}

function attachments(iam: IamStore): ResourceBehaviour {
    return {
        create(registration) {
            const inputs = new Inputs(registration);
            const role = inputs.string("role");
            const policyArn = inputs.string("policyArn");
            inputs.within(() => {
                iam.attach(role, policyArn);
            });
            return { id: `${role}/${policyArn}`, outputs: { role, policyArn } };
        },
        delete({ outputs }) {
            iam.detach(String(outputs["role"]), String(outputs["policyArn"]));
        },
    };
}

function policies(iam: IamStore): ResourceBehaviour {
    const put = (registration: Registration): Created => {
        const inputs = new Inputs(registration);
        const name = physicalName(registration, inputs.optionalString("name"), inputs.optionalString("namePrefix"));
        const path = inputs.optionalString("path") ?? "/";
        const document = registration.inputs["policy"];
        const arn = inputs.within(() => iam.putManagedPolicy(name, path, document));
        return { id: arn, outputs: { name, path, arn, policyId: `ANPA${name}`, policy: textOf(document) } };
    };
    return {
        create: put,
        update(registration, current) {
            const updated = put(registration);
            if (updated.id !== current.id) {
                iam.deleteManagedPolicy(current.id);
            }
            return updated;
        },
        delete({ id }) {
            iam.deleteManagedPolicy(id);
        },
    };
}

/** Programs may give a policy as an object; the provider's output is text. */
function textOf(document: unknown): string {
    return typeof document === "string" ? document : JSON.stringify(document);
}
