import { fromLambda, integer, text, url, withDefault } from "./settings";

/** Where the parts of the gateway are. */
export const REGISTRY_TABLE = text("REGISTRY_TABLE");
export const NAMESPACE_TABLE = text("NAMESPACE_TABLE");
export const MESSAGE_LOG_TABLE = text("MESSAGE_LOG_TABLE");
export const DELIVERY_QUEUE_URL = text("DELIVERY_QUEUE_URL");
export const DEAD_LETTER_QUEUE_URL = text("DEAD_LETTER_QUEUE_URL");
export const MANAGEMENT_ENDPOINT = url("MANAGEMENT_ENDPOINT");

export const REGION = fromLambda("AWS_REGION");
export const FUNCTION_NAME = fromLambda("AWS_LAMBDA_FUNCTION_NAME");

/** Channels that one connection may subscribe to. */
export const MAX_SUBSCRIPTIONS = withDefault(integer("MAX_SUBSCRIPTIONS", 1, 1_000), 100);
