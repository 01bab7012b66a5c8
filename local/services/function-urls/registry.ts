import { createHash } from "node:crypto";
import { AwsError } from "../../aws/aws-error";

/** A function's own HTTPS address. The gateway serves it; here it is known. */
export interface FunctionUrl {
    readonly urlId: string;
    readonly functionArn: string;
    readonly authorizationType: "AWS_IAM" | "NONE";
    readonly invokeMode: "BUFFERED" | "RESPONSE_STREAM";
    readonly cors?: FunctionUrlCors;
}

/** The names and meanings of Lambda's Cors object. */
export interface FunctionUrlCors {
    readonly allowCredentials?: boolean;
    readonly allowHeaders?: readonly string[];
    readonly allowMethods?: readonly string[];
    readonly allowOrigins?: readonly string[];
    readonly exposeHeaders?: readonly string[];
    /** Seconds. */
    readonly maxAge?: number;
}

/** The Function URLs of the account, by URL id: `http://127.0.0.1:4510/_url/<url id>/`. */
export class FunctionUrlRegistry {
    private readonly urls = new Map<string, FunctionUrl>();

    /** @param base where the gateway listens, `http://127.0.0.1:4510`. */
    constructor(private readonly base: () => string) {}

    /** A function has one URL. Throws an `AwsError` ResourceConflictException when it has it already. */
    create(settings: Omit<FunctionUrl, "urlId">): FunctionUrl {
        const urlId = createHash("sha256").update(settings.functionArn).digest("hex").slice(0, 32);
        if (this.urls.has(urlId)) {
            throw new AwsError(
                "ResourceConflictException",
                `FunctionUrlConfig exists for this Lambda function: ${settings.functionArn}`,
                409,
            );
        }
        return this.put({ ...settings, urlId });
    }

    /** Replaces the settings of a URL. */
    put(url: FunctionUrl): FunctionUrl {
        this.urls.set(url.urlId, url);
        return url;
    }

    delete(urlId: string): void {
        this.urls.delete(urlId);
    }

    find(urlId: string): FunctionUrl | undefined {
        return this.urls.get(urlId);
    }

    list(): readonly FunctionUrl[] {
        return [...this.urls.values()];
    }

    /** What the stack's output and the ready block say. */
    address({ urlId }: FunctionUrl): string {
        return `${this.base()}/_url/${urlId}/`;
    }
}
