import type * as grpc from "@grpc/grpc-js";

/** The response to a call of a gRPC client, which takes a callback. */
export function answer<Response>(
    ask: (callback: (error: grpc.ServiceError | null, response: Response) => void) => unknown,
): Promise<Response> {
    return new Promise((resolve, reject) => {
        ask((error, response) => {
            if (error === null) {
                resolve(response);
            } else {
                reject(error);
            }
        });
    });
}
