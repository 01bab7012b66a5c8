import js from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
    { ignores: ["**/node_modules/", "**/dist/", ".local/"] },
    js.configs.recommended,
    ...tseslint.configs.strictTypeChecked,
    {
        languageOptions: {
            parserOptions: {
                projectService: { allowDefaultProject: ["eslint.config.mjs"] },
                tsconfigRootDir: import.meta.dirname,
            },
        },
        rules: {
            "@typescript-eslint/consistent-type-imports": "error",
            "@typescript-eslint/switch-exhaustiveness-check": "error",
            // Pulumi resources act by being constructed, and interpolated numbers read well.
            "no-new": "off",
            // A type parameter that is inferred and not needed, and what is left out of a rest, are called `_`.
            "@typescript-eslint/no-unused-vars": ["error", { varsIgnorePattern: "^_$", ignoreRestSiblings: true }],
            "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
            // An async method may satisfy an interface without awaiting anything.
            "@typescript-eslint/require-await": "off",
            "@typescript-eslint/no-extraneous-class": ["error", { allowConstructorOnly: true }],
        },
    },
    {
        files: ["contract/**", "functions/**"],
        rules: {
            "no-restricted-syntax": [
                "error",
                {
                    selector: "MemberExpression[property.name=/^(toLocale.*|localeCompare)$/]",
                    message: "This loads the runtime's tables of languages: some 20 ms of a function's cold start.",
                },
            ],
        },
    },
    {
        files: ["**/*.spec.ts"],
        rules: { "@typescript-eslint/no-unused-expressions": "off" },
    },
    { files: ["**/*.{mjs,cjs}"], ...tseslint.configs.disableTypeChecked },
    { files: ["**/*.cjs"], languageOptions: { globals: { module: "writable" } } },
);
