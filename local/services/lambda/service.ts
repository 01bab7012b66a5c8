import type { Service } from "../../host/service";
import { sqs } from "../sqs/service";
import type { LambdaLimits } from "./functions";
import { LambdaFunctions } from "./functions";
import { lambdaService } from "./operations";
import { lambdaBehaviours } from "./resources";

export interface LambdaSettings {
    /** Changes to AWS's quotas. */
    readonly limits?: Partial<LambdaLimits>;
}

export const lambda: Service<"lambda", LambdaFunctions, LambdaSettings> = {
    name: "lambda",
    async start({ authorize, clock, pace, log, credentials, awsUrl, use }, { limits }) {
        const functions = new LambdaFunctions({
            authorize,
            clock,
            pace,
            log,
            limits,
            queues: await use(sqs),
            issueRoleCredentials: (roleArn, sessionName) => credentials.issueRoleCredentials(roleArn, sessionName),
            awsEndpoint: awsUrl,
        });
        return {
            api: functions,
            endpoint: lambdaService(functions),
            resources: lambdaBehaviours(functions),
            policies: {
                service: "lambda",
                of: (arn) => functions.resourcePolicy(arn),
                holders: () => functions.list().map(({ arn }) => arn),
            },
            stop: () => functions.close(),
        };
    },
};
