// SPDX-License-Identifier: MIT
//
// One peer in a process of its own, so that its memory can be told from the other's. Started by
// engine.mjs: `worker.mjs MODULE CLASS OPTIONS`. Each message calls a method and is answered by
// its result or its error, one at a time, in order.

const [, , file, name, options] = process.argv;
const { [name]: Engine } = await import(file);
const engine = new Engine(JSON.parse(options));
await engine.open?.();

async function answer({ method, argument }) {
    try {
        return { result: method === "dialects" ? engine.dialects : await engine[method](argument) };
    } catch (error) {
        return { error: String(error.message ?? error) };
    }
}

process.on("message", async (message) => process.send(await answer(message)));
process.on("disconnect", () => process.exit(0));
process.send({ result: "open" });
