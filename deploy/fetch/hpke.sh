#!/bin/sh
# pyhpke for the test of sealed intake: RFC 9180 in Python by somebody else.
. "$(dirname "$0")/lib.sh"
python_env hpke 0.6.5 pyhpke pyhpke '5 MB' --only-binary :all:
