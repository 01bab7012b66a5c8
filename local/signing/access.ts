import type { Authorize, Principal } from "../aws/authorization";
import type { SignedRequest } from "./sigv4-canonical";

/** Says who signed a request; throws an `AwsError` when nobody did, or not well. */
export type Authenticate = (request: SignedRequest) => Principal;

/** The two questions that a signed request must pass. */
export interface Access {
    readonly authenticate: Authenticate;
    readonly authorize: Authorize;
}

/**
 * Returns the signer of a request who may do `action` on `resource`.
 *
 * @throws AwsError when the signature does not hold, or the signer may not
 */
export function demandAccess(access: Access, request: SignedRequest, action: string, resource: string): Principal {
    const principal = access.authenticate(request);
    access.authorize({ principal, action, resource, context: {} });
    return principal;
}
