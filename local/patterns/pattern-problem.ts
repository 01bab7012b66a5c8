/** Why a pattern is not one. The text is what AWS puts after "Reason:". */
export class PatternProblem extends Error {
    override readonly name = "PatternProblem";
}
