#!/usr/bin/env bash
# google-genai 3.4.0 sends a sound as {"inlineData": {"data": …, "mime_type": …}}: one field of the request in snake case.
# Guess before running: "mimeType", as every other field of the request and of the REST reference is written.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check google-genai==3.4.0
"$folder/venv/bin/python" - <<'PY'
import http.server
import json
import threading

from google import genai
from google.genai import types

seen = []


class Server(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        seen.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        body = json.dumps({"candidates": [{"content": {"role": "model", "parts": [{"text": "hola"}]}}]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"
client = genai.Client(api_key="none", http_options=types.HttpOptions(base_url=address))
sound = types.Part.from_bytes(data=b"OggS", mime_type="audio/ogg")
client.models.generate_content(
    model="gemini-3.8-flash",
    contents=[types.Content(role="user", parts=[types.Part(text="escriba"), sound])],
    config=types.GenerateContentConfig(max_output_tokens=10),
)
(request,) = seen
part = request["contents"][0]["parts"][1]
print("parts:", json.dumps(request["contents"][0]["parts"]))
print("configuration:", json.dumps(request["generationConfig"]))
assert "maxOutputTokens" in request["generationConfig"], "the configuration is no longer in camel case"
assert sorted(part["inlineData"]) == ["data", "mime_type"], "the part is written in another way now"
print("as described: mime_type inside inlineData, beside camel case everywhere else")
PY
