import * as path from "node:path";
import * as ts from "typescript";
import { ROOT } from "./markdown";

/** What a file of the product declares, as the compiler sees it: what it inherits within the file, too. */
export class Declared {
    private readonly checker: ts.TypeChecker;
    private readonly source: ts.SourceFile;

    constructor(private readonly file: string) {
        const name = path.join(ROOT, file);
        // Without what it imports, and of the libraries only what `Partial` needs: the rest would take seconds to parse.
        const options: ts.CompilerOptions = { strict: true, noResolve: true, types: [], lib: ["lib.es5.d.ts"] };
        const program = ts.createProgram([name], options);
        const source = program.getSourceFile(name);
        if (source === undefined) {
            throw new Error(`There is no ${file}`);
        }
        this.source = source;
        this.checker = program.getTypeChecker();
    }

    /** The members of an interface. */
    members(type: string): readonly string[] {
        return this.membersOf(this.declaredType(type));
    }

    /** The texts of a union of literals. */
    literals(type: string): readonly string[] {
        return unionOf(this.declaredType(type))
            .flatMap((each) => (each.isStringLiteral() ? [each.value] : []))
            .sort();
    }

    /** Each object of a union, by the value of the member that tells them apart, with its members. */
    kinds(type: string, discriminant: string): Readonly<Record<string, readonly string[]>> {
        return Object.fromEntries(
            unionOf(this.declaredType(type)).flatMap((each) => {
                const symbol = each.getProperty(discriminant);
                const value = symbol === undefined ? undefined : this.checker.getTypeOfSymbol(symbol);
                return value?.isStringLiteral() === true ? [[value.value, this.membersOf(each)] as const] : [];
            }),
        );
    }

    private membersOf(type: ts.Type): readonly string[] {
        return this.checker
            .getPropertiesOfType(type)
            .map(({ name }) => name)
            .sort();
    }

    private declaredType(name: string): ts.Type {
        const found = this.source.statements.find(
            (statement) =>
                (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) &&
                statement.name.text === name,
        );
        if (found === undefined) {
            throw new Error(`${this.file} declares no ${name}`);
        }
        return this.checker.getTypeAtLocation(found);
    }
}

function unionOf(type: ts.Type): readonly ts.Type[] {
    return type.isUnion() ? type.types : [type];
}
