# A producer of claims that knows docs/sealed-intake.md and a library, and nothing of ours: a line of `tallystick intake key` as its
# argument, a claim a line in, a sealed value a line out, in base64.
import base64
import hashlib
import sys

from pyhpke import AEADId, CipherSuite, KDFId, KEMId

suite = CipherSuite.new(KEMId.DHKEM_X25519_HKDF_SHA256, KDFId.HKDF_SHA256, AEADId.AES256_GCM)
public = base64.b64decode(sys.argv[1].split()[1])
for claim in sys.stdin.buffer.read().splitlines():
    enc, sender = suite.create_sender_context(suite.kem.deserialize_public_key(public), b"tallystick intake v1")
    value = b"\x00TSI\x01" + hashlib.sha256(public).digest()[:8] + enc + sender.seal(claim, b"tallystick claim v1")
    print(base64.b64encode(value).decode())
