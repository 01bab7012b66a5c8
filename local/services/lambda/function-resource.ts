import { REGION } from "../../aws/account";
import type { FunctionSettings } from "./function";
import { codeDigest, codeSize } from "./function";
import type { LambdaFunction, LambdaFunctions } from "./functions";
import { Inputs } from "../../resources/inputs";
import { physicalName } from "../../resources/physical-name";
import type { ArchiveFiles, Created, Registration, ResourceBehaviour } from "../../resources/resource";

/** Functions from archives. A changed archive or setting is put in service under the same ARN. */
export function functionBehaviour(functions: LambdaFunctions): ResourceBehaviour {
    return {
        create(registration) {
            const inputs = new Inputs(registration);
            const settings = settingsOf(registration, inputs);
            return inputs.within(() => describe(functions.create(settings)));
        },
        replaces: (registration, { id }) => physicalName(registration, registration.inputs["name"]) !== id,
        update(registration) {
            const inputs = new Inputs(registration);
            const settings = settingsOf(registration, inputs);
            return inputs.within(() => describe(functions.update(settings)));
        },
        delete({ id }) {
            functions.delete(id);
        },
    };
}

function settingsOf(registration: Registration, inputs: Inputs): FunctionSettings {
    inputs.refuse(
        "is not served by the local cloud, which runs functions from an archive in the program",
        "s3Bucket",
        "imageUri",
        "layers",
        "snapStart",
        "fileSystemConfig",
    );
    const code = registration.inputs["code"];
    if (!isArchive(code)) {
        throw inputs.error("`code` must be an archive of the function's files");
    }
    const reserved = inputs.optionalNumber("reservedConcurrentExecutions") ?? -1;
    return {
        name: physicalName(registration, inputs.optionalString("name")),
        roleArn: inputs.string("role"),
        handler: inputs.string("handler"),
        runtime: inputs.string("runtime"),
        code,
        environment: Object.fromEntries(inputs.structure("environment")?.stringMap("variables") ?? []),
        timeoutSeconds: inputs.optionalNumber("timeout") ?? 3,
        memoryMb: inputs.optionalNumber("memorySize") ?? 128,
        architectures:
            registration.inputs["architectures"] === undefined ? ["x86_64"] : inputs.strings("architectures"),
        description: inputs.optionalString("description"),
        // The provider's way to say "none".
        reservedConcurrency: reserved < 0 ? undefined : reserved,
        deadLetterArn: inputs.structure("deadLetterConfig")?.optionalString("targetArn"),
        logGroupName: inputs.structure("loggingConfig")?.optionalString("logGroup"),
    };
}

function isArchive(value: unknown): value is ArchiveFiles {
    return value instanceof Map;
}

function describe({ arn, settings, modifiedAt }: LambdaFunction): Created {
    const digest = codeDigest(settings.code);
    return {
        id: settings.name,
        outputs: {
            name: settings.name,
            arn,
            invokeArn: invokeArn(arn),
            qualifiedArn: `${arn}:$LATEST`,
            qualifiedInvokeArn: invokeArn(`${arn}:$LATEST`),
            version: "$LATEST",
            timeout: settings.timeoutSeconds,
            memorySize: settings.memoryMb,
            architectures: settings.architectures,
            packageType: "Zip",
            codeSha256: digest,
            sourceCodeHash: digest,
            sourceCodeSize: codeSize(settings.code),
            lastModified: new Date(modifiedAt).toISOString(),
        },
    };
}

function invokeArn(functionArn: string): string {
    return `arn:aws:apigateway:${REGION}:lambda:path/2015-03-31/functions/${functionArn}/invocations`;
}
