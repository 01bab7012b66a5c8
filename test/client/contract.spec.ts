import assert from "node:assert/strict";
import type { ErrorCode as ClientErrorCode } from "../../client/index";
import * as client from "../../client/frames";
import * as contract from "../../contract/protocol";

/** Does not compile where one of the two has a member that the other has not. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;

const SAME_CODES: Same<client.ServerErrorCode, contract.ErrorCode> = true;
const OWN_CODES: Same<Exclude<ClientErrorCode, contract.ErrorCode>, "unknown"> = true;
/** Frames by their members' names: the client takes some of them more loosely, since they come over the wire. */
type Members<Frame> = Exclude<keyof Frame, "type" | "id">;
const SAME_MEMBERS: readonly true[] = [
    true satisfies Same<keyof client.Position, keyof contract.Position>,
    true satisfies Same<keyof client.Session, Members<contract.WelcomeFrame>>,
    true satisfies Same<keyof client.PushMessage, Exclude<keyof contract.MessageFrame, "type">>,
    true satisfies Same<keyof client.Skip, Exclude<keyof contract.SkipFrame, "type">>,
    true satisfies Same<client.ServerFrame["type"], Exclude<contract.ServerFrame["type"], "skip">>,
    true satisfies Same<client.ClientFrame, WithoutId<Exclude<contract.ClientFrame, contract.PingRequest>>>,
];
type WithoutId<Frame> = Frame extends unknown ? Omit<Frame, "id"> : never;

describe("The client's error codes", () => {
    it("are the contract's, and one for those of later servers", () => {
        assert.deepEqual(new Set([SAME_CODES, OWN_CODES, ...SAME_MEMBERS]), new Set([true]));
        for (const code of [...contract.ERROR_CODES, "of a later server"]) {
            const known = contract.ERROR_CODES.find((one) => one === code) ?? "unknown";
            assert.deepEqual(client.parseFrame(JSON.stringify({ type: "error", id: 1, code, message: "m" })), {
                type: "error",
                id: 1,
                code: known,
                message: "m",
            });
        }
    });
});
