import type { Service } from "../../host/service";
import { iam } from "../iam/service";
import { stsService } from "./operations";

export const sts: Service<"sts", undefined> = {
    name: "sts",
    async start({ credentials, authorize, use }) {
        const roles = await use(iam);
        const roleExists = (arn: string): boolean => roles.roleArns().includes(arn);
        return { api: undefined, endpoint: stsService({ credentials, authorize, roleExists }) };
    },
};
