import { AwsError } from "../../aws/aws-error";

const MAX_DIGITS = 38;
const MAX_EXPONENT = 125;
const MIN_EXPONENT = -130;

/**
 * Refuses an item with a number that DynamoDB cannot hold. What a request gives is checked when it comes in; this is
 * for what an update makes of it by adding and subtracting.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
 *
 * @throws AwsError ValidationException with DynamoDB's text
 */
export function requireNumbers(item: object): void {
    for (const value of Object.values(item) as readonly object[]) {
        requireNumbersOf(value);
    }
}

function requireNumbersOf(attribute: object): void {
    for (const [type, value] of Object.entries(attribute) as readonly (readonly [string, unknown])[]) {
        if (type === "N") {
            requireNumber(String(value));
        } else if (type === "M") {
            requireNumbers(value as object);
        } else if (type === "L") {
            (value as readonly object[]).forEach(requireNumbersOf);
        }
    }
}

/** @param text without an exponent, as the engine keeps numbers */
function requireNumber(text: string): void {
    const [whole = "", fraction = ""] = text.replace("-", "").split(".");
    const digits = `${whole}${fraction}`.replace(/^0+/, "");
    if (digits === "") {
        return;
    }
    const exponent = digits.length - fraction.length - 1;
    if (exponent > MAX_EXPONENT) {
        throw problem("Number overflow. Attempting to store a number with magnitude larger than supported range");
    }
    if (exponent < MIN_EXPONENT) {
        throw problem("Number underflow. Attempting to store a number with magnitude smaller than supported range");
    }
    if (digits.replace(/0+$/, "").length > MAX_DIGITS) {
        throw problem("Attempting to store more than 38 significant digits in a Number");
    }
}

function problem(text: string): AwsError {
    return new AwsError("ValidationException", text);
}
