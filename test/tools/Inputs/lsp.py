"""Talks to a language server as an editor does, and prints what comes back.

lsp.py SERVER
"""

import json
import subprocess
import sys

RIGHT = """func.func @norm(%x: tensor<2x8xf32>, %gain: tensor<8xf32>,
                %init: tensor<2x8xf32>) -> tensor<2x8xf32> {
  // A norm.
  %0 = fot.rms_norm ins(%x, %gain : tensor<2x8xf32>, tensor<8xf32>) eps 1.0e-5
    outs(%init : tensor<2x8xf32>) -> tensor<2x8xf32>
  return %0 : tensor<2x8xf32>
}
"""
DOCUMENTS = {
    "wrong.mlir": RIGHT.replace("1.0e-5", "-1.0"),
    "unknown.mlir": "func.func @f() {\n  fot.does_not_exist\n  return\n}\n",
    "right.mlir": RIGHT,
}

server = subprocess.Popen(
    [sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE
)


def send(method, params, number=None):
    message = {"jsonrpc": "2.0", "method": method, "params": params}
    if number is not None:
        message["id"] = number
    raw = json.dumps(message).encode()
    server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(raw) + raw)
    server.stdin.flush()


def receive(wanted):
    """The next message for which `wanted` is true."""
    while True:
        length = None
        while line := server.stdout.readline().strip():
            name, value = line.split(b":", 1)
            if name.lower() == b"content-length":
                length = int(value)
        if length is None:
            sys.exit("error: the server ended")
        message = json.loads(server.stdout.read(length))
        if wanted(message):
            return message


send("initialize", {"processId": None, "rootUri": None, "capabilities": {}}, 1)
able = receive(lambda m: m.get("id") == 1)["result"]["capabilities"]
assert able["hoverProvider"] and able["definitionProvider"], able
print("initialized: hover, definition")
send("initialized", {})
for name, text in DOCUMENTS.items():
    uri = f"file:///{name}"
    document = {"uri": uri, "languageId": "mlir", "version": 1, "text": text}
    send("textDocument/didOpen", {"textDocument": document})
    told = receive(
        lambda m: m.get("method") == "textDocument/publishDiagnostics"
        and m["params"]["uri"] == uri
    )["params"]["diagnostics"]
    for entry in told:
        at = entry["range"]["start"]
        first = entry["message"].splitlines()[0]
        print(f"{name}: {at['line']}:{at['character']}: {first}")
    if not told:
        print(f"{name}: nothing to say")
where = {"line": 3, "character": 10}
params = {"textDocument": {"uri": "file:///right.mlir"}, "position": where}
send("textDocument/hover", params, 2)
contents = receive(lambda m: m.get("id") == 2)["result"]["contents"]
print("hover:", json.dumps(contents))
send("shutdown", None, 3)
receive(lambda m: m.get("id") == 3)
send("exit", None)
server.stdin.close()
print("ended with", server.wait(timeout=20))
