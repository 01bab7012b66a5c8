import assert from "node:assert/strict";
import type { ErrorCode as ClientErrorCode } from "../../client/index";
import { parseFrame, type ServerErrorCode } from "../../client/frames";
import { ERROR_CODES, type ErrorCode } from "../../contract/refusal";

/** Does not compile where one of the two has a member that the other has not. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;

const SAME_CODES: Same<ServerErrorCode, ErrorCode> = true;
const OWN_CODES: Same<Exclude<ClientErrorCode, ErrorCode>, "unknown"> = true;

describe("The client's error codes", () => {
    it("are the contract's, and one for those of later servers", () => {
        assert.ok(SAME_CODES && OWN_CODES);
        for (const code of [...ERROR_CODES, "of a later server"]) {
            const known = ERROR_CODES.find((one) => one === code) ?? "unknown";
            assert.deepEqual(parseFrame(JSON.stringify({ type: "error", id: 1, code, message: "m" })), {
                type: "error",
                id: 1,
                code: known,
                message: "m",
            });
        }
    });
});
