import type { DynamoDb } from "../edge/dynamodb/dynamodb";
import { tableBehaviour } from "./dynamodb-table";
import { tableItemBehaviour } from "./dynamodb-table-item";
import type { ResourceBehaviours } from "./resource";

export function dynamoDbBehaviours(dynamoDb: DynamoDb, log: (line: string) => void): ResourceBehaviours {
    return {
        "aws:dynamodb/table:Table": tableBehaviour(dynamoDb, log),
        "aws:dynamodb/tableItem:TableItem": tableItemBehaviour(dynamoDb),
    };
}
