// What the two Node flows share: checks that are printed, and a receiver of webhooks.

import { createServer } from "node:http";
import { isDeepStrictEqual } from "node:util";

export class Checks {
  passed = 0;
  failed = 0;

  that(name, holds, otherwise = "") {
    if (holds) {
      this.passed += 1;
      console.log("ok  ", name);
    } else {
      this.failed += 1;
      console.log("FAIL", name, otherwise);
    }
  }

  same(name, given, expected) {
    const texts = [expected, given].map((value) => JSON.stringify(value));
    this.that(name, isDeepStrictEqual(given, expected), `expected ${texts[0]}, got ${texts[1]}`);
  }

  // Every field is there and has this type: the SDK of the newer generation checks nothing.
  shaped(name, value, types) {
    for (const [field, type] of Object.entries(types)) {
      const given = value[field] === null ? "null" : Array.isArray(value[field]) ? "array" : typeof value[field];
      this.that(`${name}.${field}`, type.split("|").includes(given), `${type}, got ${given}`);
    }
  }

  // The call throws an error of this class that says this.
  async refused(name, kind, detail, call) {
    let answer;
    try {
      answer = await call();
    } catch (error) {
      this.same(name, [error.name, detailOf(error)], [kind, detail]);
      return;
    }
    this.that(name, false, `was not refused: ${JSON.stringify(answer)}`);
  }

  done() {
    console.log(`${this.passed} checks passed, ${this.failed} failed`);
    process.exit(this.failed || !this.passed ? 1 : 0);
  }
}

// What the server said, wherever the generation of the SDK keeps it; for 422s, the places.
function detailOf(error) {
  const body = typeof error.error === "object" ? error.error : error;
  return Array.isArray(body.detail) ? body.detail.map((problem) => problem.loc) : (body.detail ?? null);
}

// A web server on this machine that keeps what it is sent.
export async function receiver() {
  const received = [];
  let arrived = () => {};
  const server = createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks) });
      response.end();
      arrived();
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/hooks`,
    // The first deliveries, so many of them; fewer when they do not arrive in time.
    async waitFor(count) {
      const deadline = Date.now() + 20_000;
      while (received.length < count && Date.now() < deadline) {
        await Promise.race([
          new Promise((resolve) => (arrived = resolve)),
          new Promise((resolve) => setTimeout(resolve, 200)),
        ]);
      }
      return received.slice(0, count);
    },
  };
}
