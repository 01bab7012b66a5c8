import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { parse } from "yaml";

const ROOT = path.join(__dirname, "..");
const FOLDER = path.join(ROOT, ".github/workflows");

interface Step {
    readonly name?: string;
    readonly if?: string;
    readonly uses?: string;
    readonly run?: string;
}

interface Job {
    readonly if?: string;
    readonly environment?: unknown;
    readonly permissions?: Readonly<Record<string, string>>;
    readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> };
    readonly steps: readonly Step[];
}

interface Workflow {
    readonly on: Readonly<Record<string, unknown>>;
    readonly permissions?: Readonly<Record<string, string>>;
    readonly jobs: Readonly<Record<string, Job>>;
}

const SCRIPTS = Object.keys(
    (
        parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as {
            readonly scripts: Readonly<Record<string, string>>;
        }
    ).scripts,
);

function textOf(file: string): string {
    return readFileSync(path.join(FOLDER, file), "utf8");
}

function read(file: string): Workflow {
    return parse(textOf(file)) as Workflow;
}

function stepsOf(workflow: Workflow): readonly Step[] {
    return Object.values(workflow.jobs).flatMap(({ steps }) => steps);
}

/** What these tests do not prove: that GitHub, AWS and Pulumi's CLI, none of which is here, take it all the same way. */
describe("the workflows", () => {
    const files = readdirSync(FOLDER).filter((file) => file.endsWith(".yaml"));

    it("are the two that the documents speak of", () => {
        assert.deepEqual(files.sort(), ["pull-request.yaml", "test.yaml"]);
    });

    for (const file of files) {
        describe(file, () => {
            const workflow = read(file);

            it("never runs what a stranger wrote with the permissions of the repository", () => {
                assert.deepEqual(
                    Object.keys(workflow.on).filter((event) => !["pull_request", "push"].includes(event)),
                    [],
                );
            });

            it("refers to no secret", () => {
                assert.doesNotMatch(textOf(file), /\bsecrets\s*[.[]/);
            });

            it("says what its token may do, which by default is nothing, or to read the code", () => {
                const { permissions } = workflow;
                assert.ok(
                    permissions !== undefined,
                    "without it, the token may do what the organization's default says",
                );
                assert.deepEqual(Object.entries({ contents: "read", ...permissions }), [["contents", "read"]]);
            });

            it("pins each action to a commit, with its tag beside it", () => {
                const lines = textOf(file)
                    .split("\n")
                    .filter((line) => line.includes("uses:"));
                assert.equal(lines.length, stepsOf(workflow).filter(({ uses }) => uses !== undefined).length);
                for (const line of lines) {
                    assert.match(line, /uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
                }
            });

            it("writes no expression into a script, where a branch's name would be code", () => {
                for (const { run } of stepsOf(workflow)) {
                    assert.doesNotMatch(run ?? "", /\$\{\{/);
                }
            });

            it("calls only scripts of package.json, and files that exist and can be run", () => {
                const commands = stepsOf(workflow)
                    .map(({ run }) => run ?? "")
                    .join("\n");
                const called = [...commands.matchAll(/npm (?:run (?:--silent )?([\w:]+)|(test|start)\b)/g)];
                for (const [, script, short] of called) {
                    assert.ok(SCRIPTS.includes(script ?? short ?? ""), `${script ?? short} is no script`);
                }
                for (const [program] of commands.matchAll(/^\.[\w./-]+/gm)) {
                    execFileSync("test", ["-x", program], { cwd: ROOT });
                }
            });
        });
    }

    it("run by .ci/run only scripts that exist", () => {
        const called = [...readFileSync(path.join(ROOT, ".ci/run"), "utf8").matchAll(/npm run --silent ([\w:]+)/g)];
        assert.ok(called.length > 0);
        assert.deepEqual(
            called.map(([, script]) => script ?? "").filter((script) => !SCRIPTS.includes(script)),
            [],
        );
    });
});

describe("the preview of a pull request", () => {
    const workflow = read("pull-request.yaml");
    const job = workflow.jobs["preview"];
    assert.ok(job !== undefined);

    const scriptOf = (named: string): string => {
        const found = job.steps.find(({ name }) => name === named);
        assert.ok(found?.run !== undefined, `no step "${named}" with a script`);
        return found.run;
    };

    let folder: string;
    beforeEach(() => {
        folder = mkdtempSync(path.join(tmpdir(), "push-gateway-"));
    });
    afterEach(() => {
        rmSync(folder, { recursive: true });
    });

    /** As GitHub runs it; `bash -e` is its default. */
    const run = (script: string, env: Readonly<Record<string, string>> = {}): { ok: boolean; output: string } => {
        try {
            const output = execFileSync("bash", ["-e", "-c", script], {
                cwd: folder,
                env: { ...process.env, PATH: `${folder}:${process.env["PATH"] ?? ""}`, STACK: "dev", ...env },
                encoding: "utf8",
            });
            return { ok: true, output };
        } catch (error) {
            return { ok: false, output: String((error as { readonly stdout?: unknown }).stdout) };
        }
    };

    it("has nothing but the code, a comment and a token to exchange for a role", () => {
        assert.deepEqual(workflow.permissions, {});
        assert.deepEqual(Object.keys(workflow.jobs), ["preview"]);
        assert.deepEqual(job.permissions, { contents: "read", "id-token": "write", "pull-requests": "write" });
    });

    it("gives the code of a fork no such token", () => {
        assert.equal(job.if, "github.event.pull_request.head.repo.full_name == github.repository");
    });

    it("is of every stack that has a file, but for the one that runs on a laptop", () => {
        const stacks = readdirSync(ROOT).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
        assert.deepEqual(
            [...(job.strategy?.matrix["stack"] ?? [])].sort(),
            stacks.filter((stack) => stack !== "local").sort(),
        );
    });

    it("takes an environment of its own, so that no branch gets the token of the one that deploys", () => {
        assert.equal(job.environment, "preview-${{ matrix.stack }}");
    });

    it("changes nothing", () => {
        const called = [
            ...stepsOf(workflow)
                .map(({ run: script }) => script ?? "")
                .join("\n")
                .matchAll(/^\s*pulumi \w+/gm),
        ];
        assert.deepEqual(
            called.map(([command]) => command.trim()),
            ["pulumi preview"],
        );
    });

    it("runs the policy pack that the repository has", () => {
        assert.match(scriptOf("Preview"), /--policy-pack policy /);
        assert.ok(existsSync(path.join(ROOT, "policy/PulumiPolicy.yaml")));
        assert.ok(existsSync(path.join(ROOT, "docs/policies.md")));
    });

    describe("before it starts", () => {
        const script = scriptOf("Require a key for the stack's secrets that needs no passphrase");

        it("takes a stack whose secrets are under a key of KMS", () => {
            for (const value of ["awskms://alias/state?region=us-east-1", '"awskms://alias/state?region=us-east-1"']) {
                writeFileSync(path.join(folder, "Pulumi.dev.yaml"), `config: {}\nsecretsprovider: ${value}\n`);
                assert.equal(run(script).ok, true, value);
            }
        });

        it("refuses one that would ask for a passphrase, and has that commented", () => {
            for (const lines of ["config: {}", "encryptionsalt: v1:abc", "secretsprovider: passphrase"]) {
                writeFileSync(path.join(folder, "Pulumi.dev.yaml"), `${lines}\n`);
                assert.equal(run(script).ok, false, lines);
                assert.match(readFileSync(path.join(folder, "preview.txt"), "utf8"), /docs\/configuration\.md/);
            }
        });
    });

    describe("its comment", () => {
        /** Stands in for GitHub's CLI: lists `comments`, and notes how it was called. */
        const comment = (preview: string, outcome: string, comments = ""): { calls: string; text: string } => {
            writeFileSync(path.join(folder, "preview.txt"), preview);
            const gh = path.join(folder, "gh");
            writeFileSync(
                gh,
                `#!/usr/bin/env bash\necho "$*" >> calls\n[ "$2" = --paginate ] && echo "${comments}"\nexit 0\n`,
            );
            chmodSync(gh, 0o755);
            const { ok } = run(scriptOf("Comment"), {
                COMMENTS: "repos/acme/push-gateway/issues/7/comments",
                GITHUB_REPOSITORY: "acme/push-gateway",
                OUTCOME: outcome,
            });
            assert.ok(ok);
            return {
                calls: readFileSync(path.join(folder, "calls"), "utf8"),
                text: readFileSync(path.join(folder, "comment.md"), "utf8"),
            };
        };

        it("comes also when the preview failed, and shows what it found", () => {
            assert.match(job.steps.find(({ name }) => name === "Comment")?.if ?? "", /^always\(\)/);
            const { calls, text } = comment("- [mandatory] no-wildcard-actions", "failure");
            assert.match(text, /### Preview of dev: failure\n/);
            assert.match(text, /- \[mandatory\] no-wildcard-actions/);
            assert.match(calls, /--method POST repos\/acme\/push-gateway\/issues\/7\/comments/);
        });

        it("takes the place of the one before", () => {
            assert.match(
                comment("", "success", "42").calls,
                /--method PATCH repos\/acme\/push-gateway\/issues\/comments\/42 /,
            );
        });

        it("says in its heading when rules could not judge what is not known yet", () => {
            const one = "can't run policy 'no-wildcard-actions' from policy pack 'push-gateway' during preview: …\n";
            assert.match(
                comment(one.repeat(3), "success").text,
                /### Preview of dev: success, but 3 judgements wait for/,
            );
        });

        it("says nothing of the kind when all was judged", () => {
            assert.match(comment("+ create", "success").text, /### Preview of dev: success\n\nWhat each policy asks/);
        });
    });
});

describe("CODEOWNERS", () => {
    const owners = readFileSync(path.join(ROOT, ".github/CODEOWNERS"), "utf8")
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith("#"))
        .map((line) => line.split(" "));

    it("gives an owner to what decides what others may do", () => {
        assert.deepEqual(owners.map(([folder]) => folder).sort(), ["/.github/", "/iam/", "/policy/"]);
        assert.ok(owners.every(([, ...teams]) => teams.length > 0 && teams.every((team) => team.startsWith("@"))));
    });

    it("names folders that exist", () => {
        assert.deepEqual(
            owners.filter(([folder = ""]) => !existsSync(path.join(ROOT, folder))),
            [],
        );
    });
});
