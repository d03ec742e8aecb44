"""Verifies an export of Tandem's audit log, with nothing but Python 3.8 or later.

    python3 verify_audit.py EXPORT PUBLIC_KEY CHECKPOINT_FILE

EXPORT is what `tandem audit export` wrote, PUBLIC_KEY a file with what `tandem audit public-key` printed, and
CHECKPOINT_FILE the file of checkpoints kept outside the database. Key and checkpoints must come from somebody you trust,
not from the export. Exit status 0 and "verified to n", or 1 and where it broke. The formats are in audit-log.md.
"""
import hashlib, json, re, sys
from base64 import b64decode

# Ed25519 after RFC 8032, section 5.1, with points in extended coordinates (x, y, z, t).
P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P

def add(p, q):
    a, b, c, d = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0]), 2 * p[3] * q[3] * D, 2 * p[2] * q[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P

def times(number, point):
    total = (0, 1, 1, 0)
    while number:
        total, point, number = add(total, point) if number & 1 else total, add(point, point), number >> 1
    return total

def point(raw):
    odd, y = divmod(int.from_bytes(raw, "little"), 2**255)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    if y >= P or x * x % P != square or (x == 0 and odd):
        raise ValueError("a key or signature is not a point of the curve")
    x = x if x % 2 == odd else P - x
    return x, y, 1, x * y % P

BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))

def is_signed(key, text, signature):
    s = int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % ORDER
    left, right = times(s, BASE), add(point(signature[:32]), times(k, point(key)))
    return len(signature) == 64 and s < ORDER and all((left[i] * right[2] - right[i] * left[2]) % P == 0 for i in (0, 1))

def checkpoints(text, origin, keys):
    """Size and root of every checkpoint of the log `origin` in the text (C2SP tlog-checkpoint in signed-note)."""
    for first, size, root, lines in re.findall("(.+)\n([0-9]+)\n(.+)\n\n((?:\u2014 .+ .+\n)+)", text):
        signatures = [b64decode(line.split(" ")[2]) for line in lines.splitlines() if line.split(" ")[1] == origin]
        good = [is_signed(keys[s[:4]], f"{first}\n{size}\n{root}\n".encode(), s[4:]) for s in signatures if s[:4] in keys]
        if first == origin and not (good and all(good)):
            raise ValueError(f"the checkpoint at {size} has no good signature of the given key")
        if first == origin:
            yield int(size), b64decode(root)

def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()

def root_of(peaks):  # RFC 9162, section 2.1; the peaks are the roots of the complete subtrees, from left to right
    root = peaks[-1] if peaks else sha256()
    for left in reversed(peaks[:-1]):
        root = sha256(b"\1", left, root)
    return root

def verify(export, public_key, checkpoint_file):
    lines = (json.loads(line) for line in open(export, encoding="utf-8"))
    origin = next(lines, {}).get("origin")
    known = (key.split("+", 2) for key in open(public_key, encoding="utf-8").read().split())
    keys = {bytes.fromhex(key_id): b64decode(key)[1:] for name, key_id, key in known if name == origin}
    outside = set(checkpoints(open(checkpoint_file, encoding="utf-8").read(), origin, keys))
    if not outside:
        raise ValueError("there is no outside checkpoint of this log")
    signed, size, good, peaks, count = set(outside), 0, 0, [], None
    for line in lines:
        if count is not None:
            raise ValueError("something stands after the count")
        elif "checkpoint" in line:
            signed.update(checkpoints(line["checkpoint"], origin, keys))
        elif "count" in line:
            count = line["count"]
        elif line["seq"] != size:
            raise ValueError(f"event {size} is missing, {line['seq']} stands in its place")
        else:
            leaf = b64decode(line["leaf"])
            salted = sha256(b"tandem audit text v1\n", b64decode(line.get("salt", "")), line.get("text", "").encode())
            if "text" in line and json.loads(leaf).get("text") != salted.hex():
                raise ValueError(f"the text of event {size} is not the one it was sealed with")
            node, height, size = sha256(b"\0", leaf), size, size + 1
            while height & 1:
                node, height = sha256(b"\1", peaks.pop(), node), height >> 1
            peaks.append(node)
            for root in [root for at, root in signed if at == size]:
                if root != root_of(peaks):
                    raise ValueError(f"altered between {good} and {size}: the root is not the signed one")
                good = size
    newest = max(at for at, _ in signed)
    if count != size or size != newest:
        raise ValueError(f"cut or added to after {good}: {size} events, counted {count}, signed up to {newest}")
    return f"verified to {good}, up to {max(at for at, _ in outside)} against checkpoints from outside"

if __name__ == "__main__":
    try:
        print(verify(*sys.argv[1:]) if len(sys.argv) == 4 else sys.exit(__doc__))
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as broken:
        sys.exit(f"NOT VERIFIED: {broken}")
