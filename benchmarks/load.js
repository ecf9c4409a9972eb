// A constant rate of arrivals, whether or not the service keeps up; then, if asked for, another rate.
// benchmarks/k6.py sets the environment and reads the summary.
import http from "k6/http";
import { Counter, Trend } from "k6/metrics";
import { SharedArray } from "k6/data";
import exec from "k6/execution";

const shoppers = new SharedArray("shoppers", () => JSON.parse(open(__ENV.SHOPPERS)));
const answered = new Trend("answered", true);
const asked = new Trend("asked", true);
const told = new Trend("told", true);
const refused = new Counter("refused");
const failed = new Counter("failed");
const notConnected = new Counter("not_connected");
const lastTrouble = new Trend("last_trouble", true);

const CONNECTION_REFUSED = 1212;

const at = (rate, start, seconds, name) => ({
  executor: "constant-arrival-rate", rate, timeUnit: "1s", exec: name,
  startTime: `${start}s`, duration: `${seconds}s`, preAllocatedVUs: 32, maxVUs: 400, gracefulStop: "10s",
});
const seconds = Number(__ENV.SECONDS);
const scenarios = { load: at(Number(__ENV.RATE), 0, seconds, "load") };
if (__ENV.AFTERWARDS) {
  scenarios.afterwards = at(Number(__ENV.AFTERWARDS), seconds, 10, "afterwards");
}
export const options = { scenarios, discardResponseBodies: true, systemTags: [], summaryTrendStats: ["count", "med", "p(90)", "p(99)", "max"] };

// One name for all URLs, and no other tags: k6 would else count each apart, and take the processor from the server.
const params = { timeout: "10s", headers: { "content-type": "application/json" }, tags: { name: "shop" } };

// One of five says what a shopper looks at, four ask what somebody should see.
function send() {
  const shopper = shoppers[exec.scenario.iterationInTest % shoppers.length];
  if (exec.scenario.iterationInTest % 5) {
    const response = http.get(`${__ENV.ROOT}/recommend/${shopper.user_id}`, params);
    return [response, asked];
  }
  const body = JSON.stringify({ type: "view", user_id: shopper.user_id, item_id: shopper.item_id });
  const response = http.post(`${__ENV.ROOT}/events`, body, params);
  return [response, told];
}

export function load() {
  const [response, kind] = send();
  if (response.status === 200) {
    answered.add(response.timings.duration);
    kind.add(response.timings.duration);
  } else if (response.status === 503) {
    refused.add(1);
  } else if (response.error_code === CONNECTION_REFUSED) {
    notConnected.add(1);
  } else {
    failed.add(1);
    console.error(`${response.request.method} ${response.url}: ${response.status} ${response.error_code} ${response.error}`);
  }
}

export function afterwards() {
  const [response] = send();
  if (response.status !== 200 || response.timings.duration > 100) {
    lastTrouble.add(Date.now() - exec.scenario.startTime);
  }
}

export function handleSummary(data) {
  return { stdout: JSON.stringify(data.metrics) };
}
