// Compiles the contracts beside it and writes one artifact for each: its ABI, the code that deploys it and the code that
// then stands on the chain. What it needs lies in the folder that it is given, which deploy/fetch/solc.sh fills.
//
//	node compile.cjs MODULES OUT
"use strict";
const fs = require("fs");
const path = require("path");

const [modules, out] = process.argv.slice(2);
const solc = require(path.join(path.resolve(modules), "node_modules", "solc"));
const contracts = ["AnchorRegistry", "ClaimSettlement", "TestToken"];

const sources = {};
for (const file of fs.readdirSync(__dirname).filter((name) => name.endsWith(".sol"))) {
  sources[file] = { content: fs.readFileSync(path.join(__dirname, file), "utf8") };
}
const input = {
  language: "Solidity",
  sources,
  settings: {
    evmVersion: "cancun", // what every chain of note runs
    optimizer: { enabled: true, runs: 10000 },
    // Without the metadata's hash the code depends on the code alone, not on comments and paths.
    metadata: { bytecodeHash: "none", appendCBOR: false },
    outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "evm.deployedBytecode.immutableReferences"] } },
  },
};
const imports = (name) => {
  try {
    return { contents: fs.readFileSync(path.join(modules, "node_modules", name), "utf8") };
  } catch (err) {
    return { error: String(err) };
  }
};
const output = JSON.parse(solc.compile(JSON.stringify(input), { import: imports }));
for (const problem of output.errors ?? []) {
  console.error(problem.formattedMessage);
  process.exitCode = 1; // warnings too: none is expected
}
if (process.exitCode) process.exit();
for (const name of contracts) {
  const made = output.contracts[`${name}.sol`][name];
  const artifact = {
    contract: name,
    compiler: solc.version(),
    abi: made.abi,
    deploy: "0x" + made.evm.bytecode.object,
    runtime: Object.keys(made.evm.deployedBytecode.immutableReferences ?? {}).length ? undefined : "0x" + made.evm.deployedBytecode.object,
  };
  fs.writeFileSync(path.join(out, `${name}.json`), JSON.stringify(artifact, null, 1) + "\n");
}
