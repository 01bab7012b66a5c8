/** The Pulumi programs that a local cloud runs, and what they need of it. */
export interface Programs {
    /** Folders with a `Pulumi.yaml` each, below the root of the repository. */
    readonly folders: readonly string[];
    /** The stack as which each of them runs: `Pulumi.<stack>.yaml` is its configuration. Defaults to `local`. */
    readonly stack?: string;
    /** Secrets to make up at each start. The configuration of a stack names one as `${local.<name>}`. */
    readonly secrets?: readonly string[];
    /** The `aud` that the programs expect of tokens. */
    readonly audience?: string;
}
