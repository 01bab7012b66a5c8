/** An access key, and the token that a role's has. */
interface EnvironmentCredentials {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string | undefined;
}

/**
 * Takes the place of the AWS SDK's chain of credential providers in a function's bundle. Lambda puts a role's
 * credentials into the environment; profiles, single sign-on and instance metadata are a third of the SDK's code, and
 * would never be used.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export function defaultProvider(): () => Promise<EnvironmentCredentials> {
    return async () => {
        const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
        if (AWS_ACCESS_KEY_ID === undefined || AWS_SECRET_ACCESS_KEY === undefined) {
            throw new Error("The environment has no AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.");
        }
        return {
            accessKeyId: AWS_ACCESS_KEY_ID,
            secretAccessKey: AWS_SECRET_ACCESS_KEY,
            sessionToken: AWS_SESSION_TOKEN,
        };
    };
}
