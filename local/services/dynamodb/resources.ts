import type { Claims } from "./claims";
import type { DynamoDb } from "./dynamodb";
import { tableBehaviour } from "./table-resource";
import { tableItemBehaviour } from "./table-item-resource";
import type { ResourceBehaviours } from "../../resources/resource";

export function dynamoDbBehaviours(
    dynamoDb: DynamoDb,
    claims: Claims,
    log: (line: string) => void,
): ResourceBehaviours {
    return {
        "aws:dynamodb/table:Table": tableBehaviour(dynamoDb, claims, log),
        "aws:dynamodb/tableItem:TableItem": tableItemBehaviour(dynamoDb, claims),
    };
}
