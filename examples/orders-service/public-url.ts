import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { LambdaFunction } from "../../components/lambda";

/**
 * Gives a function a URL that anybody may call; the function itself must check who does. AWS asks for both permissions:
 * to call the URL, and to invoke the function by way of it.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
 */
export function createPublicUrl(name: string, fn: LambdaFunction): pulumi.Output<string> {
    const callUrl = new aws.lambda.Permission(`${name}-call-url`, {
        function: fn.functionName,
        action: "lambda:InvokeFunctionUrl",
        principal: "*",
        functionUrlAuthType: "NONE",
    });
    const invokeByUrl = new aws.lambda.Permission(`${name}-invoke-by-url`, {
        function: fn.functionName,
        action: "lambda:InvokeFunction",
        principal: "*",
        invokedViaFunctionUrl: true,
    });
    const url = new aws.lambda.FunctionUrl(
        `${name}-url`,
        {
            functionName: fn.functionName,
            authorizationType: "NONE",
        },
        { dependsOn: [callUrl, invokeByUrl] },
    );
    return url.functionUrl;
}
