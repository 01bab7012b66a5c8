import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as components from "../../components";
import { COMPONENT_TYPES } from "../../contract/component-types";

interface PackageJson {
    readonly name: string;
    readonly dependencies: Readonly<Record<string, string>>;
    readonly devDependencies?: Readonly<Record<string, string>>;
}

const PACKAGE = packageIn("../../components");
const REPOSITORY = packageIn("../..");

function packageIn(folder: string): PackageJson {
    return JSON.parse(readFileSync(path.join(__dirname, folder, "package.json"), "utf8")) as PackageJson;
}

describe("the components package", () => {
    const classes = Object.entries(components).filter(([, value]) => typeof value === "function");

    it("exports components and enums, and nothing that Pulumi's host would stumble over", () => {
        for (const [name, value] of Object.entries(components)) {
            const component = typeof value === "function" && value.prototype instanceof pulumi.ComponentResource;
            const enumeration =
                typeof value === "object" && Object.values(value).every((member) => typeof member === "string");
            assert.ok(component || enumeration, name);
        }
        assert.deepEqual(classes.map(([name]) => name).sort(), [
            "PushGateway",
            "PushGatewayReference",
            "PushNamespace",
            "TableChangeSource",
        ]);
    });

    it("registers each component under the package's name and its own", () => {
        for (const [name, value] of classes) {
            const [, key] = /super\([^,]*COMPONENT_TYPES\.(\w+)/.exec(Function.prototype.toString.call(value)) ?? [];
            const token = Object.entries(COMPONENT_TYPES).find(([candidate]) => candidate === key)?.[1];
            assert.equal(token, `${PACKAGE.name}:index:${name}`);
        }
    });

    it("depends on the versions that the repository is tested with", () => {
        const tested = { ...REPOSITORY.dependencies, ...REPOSITORY.devDependencies };
        for (const [name, version] of Object.entries(PACKAGE.dependencies)) {
            assert.equal(version, tested[name], name);
        }
    });
});
