/** The cross-origin settings of a function's URL. */
export interface FunctionUrlCors {
    readonly allowCredentials?: boolean;
    readonly allowHeaders?: readonly string[];
    /** `*` stands for every method. */
    readonly allowMethods?: readonly string[];
    /** `*` stands for every origin. */
    readonly allowOrigins?: readonly string[];
    readonly exposeHeaders?: readonly string[];
    readonly maxAge?: number;
}

type Headers = Readonly<Record<string, string>>;

/**
 * The headers that let a page of another origin read a response; none where the settings do not allow that origin.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors
 */
export function corsHeaders(cors: FunctionUrlCors | undefined, origin: string | undefined): Headers {
    const allowed = cors?.allowOrigins ?? [];
    if (cors === undefined || origin === undefined || !(allowed.includes("*") || allowed.includes(origin))) {
        return {};
    }
    return {
        // With credentials the browser does not take a wildcard.
        "access-control-allow-origin": allowed.includes("*") && cors.allowCredentials !== true ? "*" : origin,
        vary: "Origin",
        ...(cors.allowCredentials === true ? { "access-control-allow-credentials": "true" } : {}),
        ...listHeader("access-control-expose-headers", cors.exposeHeaders),
    };
}

/** The further headers of the answer to a preflight request, which the URL gives without its function. */
export function preflightHeaders(cors: FunctionUrlCors): Headers {
    return {
        ...listHeader("access-control-allow-methods", cors.allowMethods),
        ...listHeader("access-control-allow-headers", cors.allowHeaders),
        ...(cors.maxAge === undefined ? {} : { "access-control-max-age": String(cors.maxAge) }),
    };
}

function listHeader(name: string, values: readonly string[] | undefined): Headers {
    return values === undefined || values.length === 0 ? {} : { [name]: values.join(",") };
}
