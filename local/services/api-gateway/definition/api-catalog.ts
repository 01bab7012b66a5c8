import { REGION, ACCOUNT_ID } from "../../../aws/account";
import type { Definition, StageSettings } from "./definition";
import type { SelectionExpression } from "./selection-expression";
import { WebSocketApi } from "./web-socket-api";

/** A stage in service. */
export interface Stage {
    readonly apiId: string;
    readonly settings: StageSettings;
    /** What is deployed to the stage now. It may be another with each message, while connections stay open. */
    readonly definition: Definition;
}

interface StageEntry {
    readonly api: WebSocketApi;
    readonly settings: StageSettings;
    /** Kept although its deployment may be deleted: that happens before the stage names the new one. */
    readonly deployed: Definition | undefined;
}

/**
 * The WebSocket APIs of the account and their stages. In AWS each API has a host name of its own; here they share one,
 * so that the stage's name alone tells them apart.
 */
export class ApiCatalog {
    readonly #apis = new Map<string, WebSocketApi>();
    readonly #stages = new Map<string, StageEntry>();

    createApi(apiId: string, routeSelection: SelectionExpression): WebSocketApi {
        const api = new WebSocketApi(apiId, routeSelection);
        this.#apis.set(apiId, api);
        return api;
    }

    deleteApi(apiId: string): void {
        this.#apis.delete(apiId);
        for (const [name, { api }] of this.#stages) {
            if (api.id === apiId) {
                this.#stages.delete(name);
            }
        }
    }

    find(apiId: string): WebSocketApi | undefined {
        return this.#apis.get(apiId);
    }

    /** @throws Error when there is no such API */
    api(apiId: string): WebSocketApi {
        const api = this.find(apiId);
        if (api === undefined) {
            throw new Error(`there is no API "${apiId}"`);
        }
        return api;
    }

    /**
     * Puts a stage in service, or its new settings.
     *
     * @throws Error when another API has a stage of that name, or the stage's deployment does not exist
     */
    putStage(apiId: string, settings: StageSettings): void {
        const taken = this.#stages.get(settings.name);
        if (taken !== undefined && taken.api.id !== apiId) {
            throw new Error(
                `the API "${taken.api.id}" has a stage "${settings.name}" already: the local cloud tells APIs ` +
                    "apart by the stage in the URL, so name this one differently",
            );
        }
        const api = this.api(apiId);
        this.#stages.set(settings.name, { api, settings, deployed: api.deployed(settings) });
    }

    deleteStage(apiId: string, name: string): void {
        if (this.#stages.get(name)?.api.id === apiId) {
            this.#stages.delete(name);
        }
    }

    /** The stage as it serves now; undefined when it does not exist or nothing is deployed to it. */
    stage(name: string): Stage | undefined {
        const entry = this.#stages.get(name);
        if (entry === undefined) {
            return undefined;
        }
        const { api, settings } = entry;
        const definition = settings.autoDeploy ? api.latest : entry.deployed;
        return definition === undefined ? undefined : { apiId: api.id, settings, definition };
    }
}

/** `arn:aws:execute-api:region:account:api`, to which a stage, route or method is appended. */
export function executionArn(apiId: string): string {
    return `arn:aws:execute-api:${REGION}:${ACCOUNT_ID}:${apiId}`;
}
