import type { FunctionUrl, FunctionUrlRegistry } from "./registry";
import type { LambdaFunctions } from "../lambda/functions";
import { Inputs } from "../../resources/inputs";
import { findFunction } from "../lambda/settings-resources";
import type { Created, Registration, ResourceBehaviour, ResourceBehaviours } from "../../resources/resource";

export function functionUrlBehaviours(functions: LambdaFunctions, urls: FunctionUrlRegistry): ResourceBehaviours {
    return { "aws:lambda/functionUrl:FunctionUrl": functionUrlBehaviour(functions, urls) };
}

function functionUrlBehaviour(functions: LambdaFunctions, urls: FunctionUrlRegistry): ResourceBehaviour {
    const describe = (url: FunctionUrl, functionName: string): Created => ({
        id: functionName,
        outputs: { functionArn: url.functionArn, urlId: url.urlId, functionUrl: urls.address(url) },
    });
    const create = (registration: Registration): Created => {
        const inputs = new Inputs(registration);
        const target = findFunction(functions, inputs, inputs.string("functionName"));
        return inputs.within(() =>
            describe(urls.create({ functionArn: target.arn, ...settingsOf(inputs) }), target.settings.name),
        );
    };
    const remove = ({ outputs }: Created): void => {
        urls.delete(String(outputs["urlId"]));
    };
    return {
        create,
        update(registration, current) {
            remove(current);
            return create(registration);
        },
        delete: remove,
    };
}

function settingsOf(inputs: Inputs): Pick<FunctionUrl, "authorizationType" | "invokeMode" | "cors"> {
    inputs.refuse("is not served by the local cloud", "qualifier");
    const cors = inputs.structure("cors");
    return {
        authorizationType: inputs.choice("authorizationType", ["AWS_IAM", "NONE"]),
        invokeMode: inputs.choice("invokeMode", ["BUFFERED"], "BUFFERED"),
        cors: cors && {
            allowCredentials: cors.flag("allowCredentials"),
            allowHeaders: cors.strings("allowHeaders"),
            allowMethods: cors.strings("allowMethods"),
            allowOrigins: cors.strings("allowOrigins"),
            exposeHeaders: cors.strings("exposeHeaders"),
            maxAge: cors.optionalNumber("maxAge"),
        },
    };
}
