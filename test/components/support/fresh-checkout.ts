import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";

const ROOT = path.join(__dirname, "../../..");

interface PackageJson {
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/**
 * The repository as Pulumi's CLI leaves it for a plugin in one of its folders: all that git tracks, and what the
 * folder's own package depends on, installed in that folder and nowhere else. Without a network: each package is a
 * link to the one of this checkout.
 */
export class FreshCheckout {
    private constructor(readonly directory: string) {}

    static create(folder: string): FreshCheckout {
        const checkout = new FreshCheckout(mkdtempSync(path.join(tmpdir(), "push-gateway-checkout-")));
        checkout.copyTracked();
        checkout.install(folder);
        return checkout;
    }

    remove(): void {
        rmSync(this.directory, { recursive: true });
    }

    private copyTracked(): void {
        const options = { cwd: ROOT, encoding: "utf8" } as const;
        // With what is yet to be committed: the test is to be right before the commit, too.
        const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], options);
        for (const file of listed.split("\n").filter((name) => name !== "" && existsSync(path.join(ROOT, name)))) {
            const copy = path.join(this.directory, file);
            mkdirSync(path.dirname(copy), { recursive: true });
            copyFileSync(path.join(ROOT, file), copy);
        }
    }

    private install(folder: string): void {
        const modules = path.join(this.directory, folder, "node_modules");
        for (const name of closureOf(path.join(this.directory, folder, "package.json"))) {
            const link = path.join(modules, name);
            mkdirSync(path.dirname(link), { recursive: true });
            symlinkSync(path.join(ROOT, "node_modules", name), link, "dir");
        }
    }
}

/** The packages that npm would install at the top level: dependencies, theirs, and so on. */
function closureOf(packageFile: string): ReadonlySet<string> {
    const found = new Set<string>();
    const pending = Object.keys(read(packageFile).dependencies ?? {});
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
        const file = path.join(ROOT, "node_modules", name, "package.json");
        // Optional ones, and those for other platforms, may be missing.
        if (!found.has(name) && existsSync(file)) {
            found.add(name);
            const { dependencies, optionalDependencies } = read(file);
            pending.push(...Object.keys({ ...dependencies, ...optionalDependencies }));
        }
    }
    return found;
}

function read(packageFile: string): PackageJson {
    return JSON.parse(readFileSync(packageFile, "utf8")) as PackageJson;
}
