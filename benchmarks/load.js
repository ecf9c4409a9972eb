// A constant rate of arrivals, whether or not the service keeps up; then, if asked for, another rate.
// benchmarks/load.py sets the environment and reads the summary.
import http from "k6/http";
import { Counter, Trend } from "k6/metrics";
import { SharedArray } from "k6/data";
import exec from "k6/execution";

const shoppers = new SharedArray("shoppers", () => JSON.parse(open(__ENV.SHOPPERS)));
const answered = new Trend("answered", true);
const answeredAfterwards = new Trend("answered_afterwards", true);
const refused = new Counter("refused");
const failed = new Counter("failed");
const lastTrouble = new Trend("last_trouble", true);

const at = (rate, start, seconds, name) => ({
  executor: "constant-arrival-rate", rate, timeUnit: "1s", exec: name,
  startTime: `${start}s`, duration: `${seconds}s`, preAllocatedVUs: 200, maxVUs: 200, gracefulStop: "10s",
});
const seconds = Number(__ENV.SECONDS);
const scenarios = { load: at(Number(__ENV.RATE), 0, seconds, "load") };
if (__ENV.AFTERWARDS) {
  scenarios.afterwards = at(Number(__ENV.AFTERWARDS), seconds, 10, "afterwards");
}
export const options = { scenarios, discardResponseBodies: true, summaryTrendStats: ["count", "med", "p(90)", "p(99)", "max"] };

// Four of five ask for a shopper, one of five sends what a guest does.
function ask() {
  const shopper = shoppers[exec.scenario.iterationInTest % shoppers.length];
  if (exec.scenario.iterationInTest % 5) {
    return http.get(`${__ENV.ROOT}/recommend/${shopper.user_id}`, { timeout: "10s" });
  }
  const body = JSON.stringify({ session_id: "s", events: shopper.events });
  return http.post(`${__ENV.ROOT}/recommend`, body, { timeout: "10s", headers: { "content-type": "application/json" } });
}

export function load() {
  const response = ask();
  if (response.status === 200) answered.add(response.timings.duration);
  else (response.status === 503 ? refused : failed).add(1);
}

export function afterwards() {
  const response = ask();
  if (response.status === 200) answeredAfterwards.add(response.timings.duration);
  if (response.status !== 200 || response.timings.duration > 100) {
    lastTrouble.add(Date.now() - exec.scenario.startTime);
  }
}

export function handleSummary(data) {
  return { stdout: JSON.stringify(data.metrics) };
}
