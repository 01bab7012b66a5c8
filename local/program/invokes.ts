import { ACCOUNT_ID, REGION } from "../aws/account";

const ANSWERS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    "aws:index/getCallerIdentity:getCallerIdentity": {
        accountId: ACCOUNT_ID,
        arn: `arn:aws:iam::${ACCOUNT_ID}:root`,
        id: ACCOUNT_ID,
        userId: ACCOUNT_ID,
    },
    "aws:index/getRegion:getRegion": {
        region: REGION,
        id: REGION,
        name: REGION,
        description: "the local cloud",
        endpoint: "",
    },
    "aws:index/getPartition:getPartition": {
        partition: "aws",
        id: "aws",
        dnsSuffix: "amazonaws.com",
        reverseDnsPrefix: "com.amazonaws",
    },
};

/** Answers a provider function (`aws.getRegion()` and the like). */
export function answerInvoke(token: string): Readonly<Record<string, unknown>> {
    const answer = ANSWERS[token];
    if (answer === undefined) {
        throw new Error(
            `the provider function ${token} is not served by the local cloud; it serves ${Object.keys(ANSWERS).join(", ")}`,
        );
    }
    return answer;
}
