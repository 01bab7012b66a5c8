import type { IntegrationResponse, MockIntegration, Route } from "../definition/definition";
import { renderTemplate, type MappingTemplate } from "../definition/mapping-template";
import type { IntegrationResult } from "./proxy-response";
import { evaluateSelection, follow, type Lookup } from "../definition/selection-expression";

type Context = Readonly<Record<string, unknown>>;

/**
 * Answers without a function: the request template says with which status, the integration response for that status
 * says with which text.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html
 */
export function runMock(integration: MockIntegration, route: Route, context: Context, body: string): IntegrationResult {
    const request = renderRequest(integration, context, body);
    const status = statusOf(request);
    if (status === undefined) {
        return broken(
            `its MOCK integration needs a request template that renders to {"statusCode": …}, not ${request ?? "none"}`,
        );
    }
    const lookup: Lookup = (path) =>
        path.join(".") === "integration.response.statuscode" ? String(status) : undefined;
    const response = chooseResponse(
        route.integrationResponses,
        evaluateSelection(integration.responseSelection, lookup),
    );
    if (response === undefined) {
        return route.answers
            ? broken(`its MOCK integration has no integration response for the status ${status}`)
            : { ok: true, statusCode: status, headers: {}, body: "" };
    }
    const template = response.templates.get(evaluateSelection(response.templateSelection, lookup));
    // A MOCK integration's response has no body of its own.
    const text = template === undefined ? "" : renderTemplate(template, { context, body: "" });
    return { ok: true, statusCode: status, headers: {}, body: text };
}

/** The text that the request template makes of the message; the message itself where it is passed through. */
function renderRequest(integration: MockIntegration, context: Context, body: string): string | undefined {
    const template = chooseTemplate(integration, body);
    if (template !== undefined) {
        return renderTemplate(template, { context, body });
    }
    const { passthrough, requestTemplates } = integration;
    const passes =
        passthrough === "WHEN_NO_MATCH" || (passthrough === "WHEN_NO_TEMPLATES" && requestTemplates.size === 0);
    return passes ? body : undefined;
}

function chooseTemplate(integration: MockIntegration, body: string): MappingTemplate | undefined {
    const json = parsed(body);
    const key = evaluateSelection(integration.templateSelection, ([, , ...path]) => follow(json, path));
    return integration.requestTemplates.get(key);
}

/** The response whose key is the status or a pattern of it, such as `/2\d\d/`; else the one of `$default`. */
function chooseResponse(responses: readonly IntegrationResponse[], selected: string): IntegrationResponse | undefined {
    const matching = responses.find(({ key }) => {
        const pattern = /^\/(.*)\/$/s.exec(key)?.[1];
        return pattern === undefined ? key === selected : new RegExp(`^(?:${pattern})$`).test(selected);
    });
    return matching ?? responses.find(({ key }) => key === "$default");
}

function statusOf(rendered: string | undefined): number | undefined {
    const status = Number(follow(parsed(rendered ?? ""), ["statusCode"]) ?? NaN);
    return Number.isInteger(status) && status >= 100 && status <= 599 ? status : undefined;
}

function parsed(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}

function broken(reason: string): IntegrationResult {
    return { ok: false, fault: "configuration", reason };
}
