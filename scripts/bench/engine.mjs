// SPDX-License-Identifier: MIT
//
// The parent's end of a peer's process: calls its methods, reads its memory.

import { fork } from "node:child_process";
import { readFileSync } from "node:fs";

const WORKER = new URL("./worker.mjs", import.meta.url);

export class Engine {
    /** Starts the process of a peer and waits until it is open. */
    static async start(module, name, options) {
        const engine = new Engine(module, name, options);
        await engine.#reply();
        return engine;
    }

    constructor(module, name, options) {
        this.name = name;
        this.process = fork(WORKER, [module, name, JSON.stringify(options)], {
            serialization: "advanced",
            stdio: ["ignore", 2, 2, "ipc"], // what a peer prints is no part of the table
        });
    }

    async call(method, argument) {
        this.process.send({ method, argument });
        return this.#reply();
    }

    #reply() {
        return new Promise((resolve, reject) => {
            const settle = (act, value) => {
                this.process.off("message", on_message);
                this.process.off("exit", on_exit);
                act(value);
            };
            const fail = (text) => settle(reject, new Error(`${this.name} ${text}`));
            const on_message = ({ result, error }) =>
                error ? fail(`says: ${error}`) : settle(resolve, result);
            const on_exit = (status, signal) => fail(`ended: ${signal ?? `status ${status}`}`);
            this.process.on("message", on_message);
            this.process.on("exit", on_exit);
        });
    }

    /** The most memory that the process has held, in bytes; 0 where the system does not tell. */
    peak_bytes() {
        return peak_bytes(this.process.pid);
    }

    async stop() {
        await this.call("close");
        const ended = new Promise((resolve) => this.process.once("exit", resolve));
        this.process.disconnect();
        await ended;
    }
}

/** The peak resident memory of a living process, in bytes; 0 when it cannot be told. */
export function peak_bytes(pid) {
    try {
        const status = readFileSync(`/proc/${pid}/status`, "utf8");
        return Number(/VmHWM:\s*(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
    } catch {
        return 0;
    }
}
