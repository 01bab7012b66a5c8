import { channelTemplateProblem } from "./channel-template-problem";
import { InputProblems } from "./input-problems";
import { namespaceProblem } from "./namespace-validation";
import { validateName } from "./physical-names";
import { ProgramError } from "./program-error";
import type { TableChangeSourceArgs } from "../arguments/table-change-source-args";
import { parseObject } from "../../contract/json";
import { MAX_EVENT_LENGTH } from "../../contract/limits";
import { changeTemplate } from "../../contract/table-change";

/** https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_PipeTargetParameters.html */
const MAX_TEMPLATE_LENGTH = 8192;
/** https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_Filter.html */
const MAX_PATTERN_LENGTH = 4096;
/** For the names of changes, which stand in the same pattern. */
const EVENT_NAMES_LENGTH = 64;

/** @throws pulumi.InputPropertiesError that lists everything wrong with the plain arguments */
export function validateTableChangeSource(name: string, args: TableChangeSourceArgs): void {
    const problems = new InputProblems(`TableChangeSource "${name}"`);
    validateName("TableChangeSource", name, problems);
    if (args.event === "" || args.event.length > MAX_EVENT_LENGTH) {
        problems.add("event", `has ${args.event.length} characters; use 1 to ${MAX_EVENT_LENGTH}`);
    }
    validateChannels(args.channels, problems);
    if (args.attributes?.length === 0) {
        problems.add("attributes", "is empty, so clients would see nothing; leave it out to send all attributes");
    }
    for (const [argument, texts] of [
        ["channels", args.channels],
        ["attributes", args.attributes ?? []],
    ] as const) {
        for (const text of texts.filter((candidate) => /[<>]/.test(candidate))) {
            problems.add(argument, `${JSON.stringify(text)} has a "<" or ">", with which a pipe marks its own paths`);
        }
    }
    if (args.changes?.length === 0) {
        problems.add("changes", "is empty, so nothing would be published; leave it out to publish every change");
    }
    validateFilter(args, problems);
    validateStream(args, problems);
    if (changeTemplate(args).length > MAX_TEMPLATE_LENGTH) {
        problems.add(
            "channels",
            `make the pipe's input template longer than ${MAX_TEMPLATE_LENGTH} characters; name fewer`,
        );
    }
    problems.throwIfAny();
}

/** @throws ProgramError when the namespace is none, or a channel is of another one */
export function assertNamespace(namespace: string, channels: readonly string[]): string {
    const found = [
        namespaceProblem(namespace),
        ...channels.map((template) => channelTemplateProblem(namespace, template)),
    ].find((problem) => problem !== undefined);
    if (found !== undefined) {
        throw new ProgramError(
            `A TableChangeSource cannot publish as namespace ${JSON.stringify(namespace)}: ${found}`,
        );
    }
    return namespace;
}

/** @throws ProgramError when the stream and the bus are not in one Region of one account */
export function assertSamePlace(streamArn: string, eventBusArn: string): string {
    const problem = placeProblem(streamArn, eventBusArn);
    if (problem !== undefined) {
        throw new ProgramError(`A TableChangeSource cannot read ${streamArn}: its \`streamArn\` ${problem}`);
    }
    return streamArn;
}

/** @throws ProgramError when it is not a stream's ARN, which is how Pulumi shows that a table has none */
export function assertStreamArn(arn: string): string {
    if (!/^arn:[^:]+:dynamodb:[^:]+:\d{12}:table\/[^/]+\/stream\/.+$/.test(arn)) {
        throw new ProgramError(
            `A TableChangeSource got ${JSON.stringify(arn)} for a stream's ARN. Give the table ` +
                '`streamEnabled: true` and `streamViewType: "NEW_AND_OLD_IMAGES"`, and pass its `streamArn`.',
        );
    }
    return arn;
}

function validateChannels(channels: readonly string[], problems: InputProblems): void {
    if (channels.length === 0) {
        problems.add("channels", "is empty; name at least one channel");
    }
    channels.forEach((template, index) => {
        const namespace = template.split("/")[0] ?? "";
        const problem = namespaceProblem(namespace) ?? channelTemplateProblem(namespace, template);
        if (problem !== undefined) {
            problems.add(`channels[${index}]`, problem);
        }
    });
}

/** A pipe, the stream that it reads and the bus that it puts on are in one Region of one account. */
function placeProblem(streamArn: string, eventBusArn: string): string | undefined {
    const place = (arn: string): string =>
        arn
            .split(":")
            .slice(3, 5)
            .join(" of account ")
            .replace(/^ of account /, "");
    const [stream, bus] = [place(streamArn), place(eventBusArn)];
    return stream === bus || stream === "" || bus === ""
        ? undefined
        : `is in ${stream}, and the gateway in ${bus}; a pipe reads and writes in one place, ` +
              "so use the gateway of that Region and account";
}

function validateStream(args: TableChangeSourceArgs, problems: InputProblems): void {
    const { streamArn, gateway } = args;
    if (typeof streamArn === "string" && typeof gateway.eventBusArn === "string") {
        const problem = placeProblem(streamArn, gateway.eventBusArn);
        if (problem !== undefined) {
            problems.add("streamArn", problem);
        }
    }
}

function validateFilter(args: TableChangeSourceArgs, problems: InputProblems): void {
    if (args.filter === undefined) {
        return;
    }
    const pattern = parseObject(args.filter);
    if (pattern === undefined) {
        problems.add("filter", `${JSON.stringify(args.filter)} is not an EventBridge pattern, which is a JSON object`);
    } else if (args.changes !== undefined && "eventName" in pattern) {
        problems.add("filter", "has `eventName`, and `changes` says the same; keep one of them");
    } else if (args.filter.length > MAX_PATTERN_LENGTH - EVENT_NAMES_LENGTH) {
        problems.add(
            "filter",
            `has ${args.filter.length} characters; a pipe takes ${MAX_PATTERN_LENGTH - EVENT_NAMES_LENGTH} beside \`changes\``,
        );
    }
}
