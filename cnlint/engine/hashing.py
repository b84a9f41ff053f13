"""The hash function of fingerprints and the cache.

``hashlib`` loads OpenSSL, which takes longer than all hashes of a usual run; the function itself comes with the
interpreter.
"""

try:
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

__all__ = ["blake2b"]
