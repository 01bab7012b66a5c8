import type { LambdaFunction, LambdaFunctions } from "./functions";
import { inert } from "../../resources/inert";
import { Inputs } from "../../resources/inputs";
import { physicalName } from "../../resources/physical-name";
import type { Created, Registration, ResourceBehaviour } from "../../resources/resource";

/** A statement of a function's resource policy. */
export function permissionBehaviour(functions: LambdaFunctions): ResourceBehaviour {
    return {
        create(registration) {
            const inputs = new Inputs(registration);
            inputs.refuse("is not served by the local cloud", "qualifier", "principalOrgId", "eventSourceToken");
            const target = findFunction(functions, inputs, inputs.string("function"));
            const statementId = physicalName(
                registration,
                inputs.optionalString("statementId"),
                inputs.optionalString("statementIdPrefix"),
            );
            const permission = {
                statementId,
                action: inputs.string("action"),
                principal: inputs.string("principal"),
                sourceArn: inputs.optionalString("sourceArn"),
                sourceAccount: inputs.optionalString("sourceAccount"),
                functionUrlAuthType: inputs.optionalString("functionUrlAuthType"),
                invokedViaFunctionUrl: inputs.flag("invokedViaFunctionUrl") ? true : undefined,
            };
            inputs.within(() => {
                target.policy.add(permission);
            });
            return { id: statementId, outputs: { statementId, function: target.settings.name } };
        },
        delete({ id, outputs }) {
            functions.find(String(outputs["function"]))?.policy.remove(id);
        },
    };
}

/** What Lambda makes of functions that call each other in a circle: nothing here looks for such circles. */
export const recursionBehaviour = inert((registration) => ({
    id: new Inputs(registration).string("functionName"),
    outputs: {},
}));

/** How asynchronous invocations of a function are retried, and where those go that failed for good. */
export function eventInvokeBehaviour(functions: LambdaFunctions): ResourceBehaviour {
    const put = (registration: Registration): Created => {
        const inputs = new Inputs(registration);
        inputs.refuse("is not served by the local cloud", "qualifier");
        const {
            settings: { name },
        } = findFunction(functions, inputs, inputs.string("functionName"));
        const destinations = inputs.structure("destinationConfig");
        const settings = {
            maximumRetryAttempts: inputs.optionalNumber("maximumRetryAttempts"),
            maximumEventAgeInSeconds: inputs.optionalNumber("maximumEventAgeInSeconds"),
            onFailureArn: destinations?.structure("onFailure")?.string("destination"),
            onSuccessArn: destinations?.structure("onSuccess")?.string("destination"),
        };
        inputs.within(() => {
            functions.setEventInvoke(name, settings);
        });
        return { id: name, outputs: {} };
    };
    return {
        create: put,
        delete({ id }) {
            if (functions.find(id) !== undefined) {
                functions.setEventInvoke(id, {});
            }
        },
    };
}

/** @throws Error that names the resource, for a function that does not exist. */
export function findFunction(functions: LambdaFunctions, inputs: Inputs, nameOrArn: string): LambdaFunction {
    const found = inputs.within(() => functions.find(nameOrArn));
    if (found === undefined) {
        throw inputs.error(`there is no function ${nameOrArn}`);
    }
    return found;
}
