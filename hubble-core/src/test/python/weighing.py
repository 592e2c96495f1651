# SPDX-License-Identifier: Apache-2.0
"""Writes ../resources/reference/weighing.safetensors: what weights do to encoded prompts, computed another way round
than Hubble and prompts.py do it, in float64, for random embeddings in place of a text encoder.

compel (src/compel/embeddings_provider.py, get_embeddings_for_weighted_prompt_fragments): every version of the prompt is
moved away from the empty one token by token, then the versions are averaged with the weights 1, tan((1 - w) pi / 2), ...
Moving is affine in the encoded prompt, so averaging first and moving once gives the same; that is what is done here, as
one matrix product over the versions.

AUTOMATIC1111's web UI (modules/sd_emphasis.py, EmphasisOriginal): multiply, then give the chunk back its mean. Here the
factor is found from sums per token: mean(z) / mean(w z) = sum_t s_t / sum_t w_t s_t with s_t the sum over token t.

Random embeddings: encode(ids, seen) = T[ids] + 0.25 * A * seen, with T, A from numpy's PCG64 and A lower triangular,
so that hiding a token changes those behind it, as causal attention does.

Run: python3 weighing.py   (needs numpy, safetensors)
"""
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

LENGTH, WIDTH, IDS = 77, 6, 50
rng = np.random.Generator(np.random.PCG64(20))
table = rng.standard_normal((IDS, WIDTH))
mixing = np.tril(rng.standard_normal((LENGTH, LENGTH)))
direction = rng.standard_normal(WIDTH)
EMPTY = np.array([0] + [1] * 76)


def encode(ids, seen):
    return table[ids] + 0.25 * np.outer(mixing @ seen, direction)


def chunks(parts):
    """(ids, weights, part of each token) for every chunk of a prompt of (token ids, weight)."""
    flat = [(t, w, p) for p, (ids, w) in enumerate(parts) for t in ids]
    for at in range(0, max(1, len(flat)), LENGTH - 2):
        own = flat[at:at + LENGTH - 2]
        pad = LENGTH - 1 - len(own)
        yield (np.array([0] + [t for t, _, _ in own] + [1] * pad), np.array([1.0] + [w for _, w, _ in own] + [1.0] * pad),
               np.array([-1] + [p for _, _, p in own] + [-1] * pad))


def compel(parts):
    less = [p for p, (ids, w) in enumerate(parts) if w < 1 and ids]
    shares = np.array([1.0] + [np.tan(np.pi / 2 * (1 - max(1e-5, parts[p][1]))) for p in less])
    shares /= shares.sum()
    empty = encode(EMPTY, np.ones(LENGTH))
    out = []
    for ids, weights, owner in chunks(parts):
        versions = np.stack([encode(ids, (owner != p).astype(float)) for p in [None] + less])
        mixed = np.tensordot(shares, versions, axes=1)
        out.append(np.diag(1 - weights) @ empty + np.diag(weights) @ mixed)
    return np.concatenate(out)


def web(parts):
    out = []
    for ids, weights, _ in chunks(parts):
        z = encode(ids, np.ones(LENGTH))
        per_token = z.sum(axis=1)
        out.append(np.diag(weights * (per_token.sum() / (weights @ per_token))) @ z)
    return np.concatenate(out)


def tokens(n):
    return [int(t) for t in rng.integers(2, IDS, n)]


PROMPTS = {
    "more": [(tokens(3), 1.0), (tokens(4), 1.4), (tokens(2), 1.0)],
    "less": [(tokens(3), 1.0), (tokens(1), 0.5), (tokens(2), 1.2)],
    "twice": [(tokens(2), 0.9), (tokens(3), 1.0), (tokens(2), 0.25), (tokens(1), 2.0)],
    "none": [(tokens(4), 1.0), (tokens(3), 0.0)],
    "long": [(tokens(60), 1.1), (tokens(40), 0.7), (tokens(70), 1.0)],
}

if __name__ == "__main__":
    data = {"table": table, "mixing": mixing, "direction": direction}
    for name, parts in PROMPTS.items():
        flat = list(chunks(parts))
        data[name + ".ids"] = np.concatenate([c[0] for c in flat])
        data[name + ".weights"] = np.concatenate([c[1] for c in flat])
        data[name + ".parts"] = np.concatenate([c[2] for c in flat])
        data[name + ".part_weights"] = np.array([w for _, w in parts])
        data[name + ".compel"] = compel(parts)
        data[name + ".a1111"] = web(parts)
    target = Path(__file__).parent.parent / "resources" / "reference" / "weighing.safetensors"
    save_file({k: np.ascontiguousarray(v, dtype=np.float32) for k, v in data.items()}, target)
    print({name: data[name + ".ids"].size // LENGTH for name in PROMPTS}, "chunks;", target.stat().st_size, "bytes")
