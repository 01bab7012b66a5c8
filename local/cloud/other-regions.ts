import { REGION } from "../aws/account";
import { AwsError } from "../aws/aws-error";
import type { EdgeRequest, EdgeResponse, EdgeService } from "../edge/service";
import type { Host, Service } from "../host/service";
import { StartedServices } from "../host/started-services";
import { HttpServer } from "../http/http-server";
import { dynamoDb } from "../services/dynamodb/service";
import { events } from "../services/events/service";
import { lambda } from "../services/lambda/service";
import { sqs } from "../services/sqs/service";
import { streams } from "../services/streams/service";

const REGIONAL: readonly Service<string, unknown, never>[] = [dynamoDb, streams, sqs, events, lambda];

/**
 * Every Region but the one that the local cloud plays: empty, as an account's other Regions are. A program that is set
 * to the wrong Region meets here what it would meet in AWS, a table or a queue that does not exist, and not ours.
 */
export class OtherRegions {
    private started: Promise<StartedServices> | undefined;

    constructor(private readonly host: Omit<Host, "use">) {}

    /** What answers requests that are signed for `region`. Started with the first of them. */
    async endpoints(region: string): Promise<readonly EdgeService[]> {
        this.started ??= this.start();
        return (await this.started).endpoints.map((service) => inRegion(region, service));
    }

    async release(): Promise<void> {
        await (await this.started)?.release();
    }

    private async start(): Promise<StartedServices> {
        // Nothing is served to clients there, so what asks for their server gets one that never listens.
        const services = new StartedServices({ ...this.host, http: new HttpServer(this.host.log) }, {});
        for (const service of REGIONAL) {
            await services.use(service);
        }
        return services;
    }
}

/** The services know one Region by name, so its name is changed on the way out. There is nothing of ours to rename. */
function inRegion(region: string, service: EdgeService): EdgeService {
    const renamed = (response: EdgeResponse): EdgeResponse => {
        if (typeof response.body !== "string" || !response.body.includes(`:${REGION}:`)) {
            return response;
        }
        // A checksum would be that of another body.
        const headers = Object.entries(response.headers).filter(([name]) => name !== "x-amz-crc32");
        return {
            ...response,
            headers: Object.fromEntries(headers),
            body: response.body.replaceAll(`:${REGION}:`, `:${region}:`),
        };
    };
    return {
        name: service.name,
        matches: (request) => service.matches(request),
        handle: async (request) => renamed(await service.handle(existing(region, request))),
        renderError: (error) => renamed(service.renderError(error)),
    };
}

function existing(region: string, request: EdgeRequest): EdgeRequest {
    if (request.operation.startsWith("Create")) {
        const text = `The local cloud has one Region, ${REGION}: nothing can be created in ${region}`;
        throw new AwsError("ValidationException", text);
    }
    return request;
}
