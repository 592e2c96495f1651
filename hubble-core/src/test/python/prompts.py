# SPDX-License-Identifier: Apache-2.0
"""Writes ../resources/reference/tiny-sd.prompts.safetensors: weighted and long prompts, encoded by transformers
with the text encoder of tiny-sd, and weighed as AUTOMATIC1111's web UI and compel document it. The marks are taken
apart by hand here, so that this shares nothing with Hubble's parser.

Run: python3 prompts.py   (needs torch, transformers, tokenizers, safetensors)
"""
import math
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from transformers import CLIPTextModel

REFERENCE = Path(__file__).parent.parent / "resources" / "reference"
MODEL = REFERENCE / "tiny-sd"

tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer" / "tokenizer.json"))
tokenizer.no_truncation()
tokenizer.no_padding()
encoder = CLIPTextModel.from_pretrained(MODEL / "text_encoder", attn_implementation="eager").eval()
START, END = (tokenizer.token_to_id(t) for t in ("<|startoftext|>", "<|endoftext|>"))
COMMA = tokenizer.token_to_id(",</w>")
ROOM = 75

LONG = ("a very large spiral galaxy with a bright core and many young blue stars, dust lanes and nebulae of every colour "
        "in the distant sky, seen by the space telescope, while two smaller galaxies pass by and a comet with its long tail "
        "crosses the picture from the left to the right")


def tokens(text):
    return tokenizer.encode(text, add_special_tokens=False).ids


def run(ids, mask=None):
    with torch.no_grad():
        return encoder(input_ids=torch.tensor([ids]), attention_mask=None if mask is None else torch.tensor([mask])).last_hidden_state[0]


def frame(ids):
    return [START] + ids + [END] * (ROOM + 1 - len(ids))


def web(parts):
    """parts: (text, weight) or "BREAK"."""
    chunks, now, comma = [], [], -1

    def close():
        nonlocal now, comma
        chunks.append(now)
        now, comma = [], -1

    for part in parts:
        if part == "BREAK":
            close()
            continue
        for token in tokens(part[0]):
            if token == COMMA:
                comma = len(now)
            elif len(now) == ROOM and comma >= 0 and ROOM - comma <= 20:
                rest = now[comma + 1:]
                now = now[:comma + 1]
                close()
                now = rest
            if len(now) == ROOM:
                close()
            now.append((token, part[1]))
    if now or not chunks:
        close()
    out = []
    for chunk in chunks:
        z = run(frame([t for t, _ in chunk]))
        weights = torch.tensor([1.0] + [w for _, w in chunk] + [1.0] * (ROOM + 1 - len(chunk)))
        weighed = z * weights[:, None]
        out.append(weighed * (z.mean() / weighed.mean()))
    return torch.cat(out), [len(c) for c in chunks]


def compel(parts):
    flat = [(t, w, i) for i, (text, w) in enumerate(parts) for t in tokens(text)]
    chunks = [flat[i:i + ROOM] for i in range(0, max(1, len(flat)), ROOM)]
    empty = run(frame([]))

    def build(hidden):
        out = []
        for chunk in chunks:
            mask = [1] + [0 if i == hidden else 1 for _, _, i in chunk] + [1] * (ROOM + 1 - len(chunk))
            weights = torch.tensor([1.0] + [w for _, w, _ in chunk] + [1.0] * (ROOM + 1 - len(chunk)))
            z = run(frame([t for t, _, _ in chunk]), mask)
            out.append(empty + (z - empty) * weights[:, None])
        return torch.cat(out)

    total, shares = build(None), 1.0
    for i, (_, weight) in enumerate(parts):
        if weight < 1:
            share = math.tan((1 - max(1e-5, weight)) * math.pi / 2)
            total = total + share * build(i)
            shares += share
    return total / shares, [len(c) for c in chunks]


CASES = {
    # a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).
    "a1111.nested": web([("a ", 1.0), ("house", 1.573), (" ", 1.1), ("on", 1.0), (" a ", 1.1), ("hill", 0.55),
                         (", sun, ", 1.1), ("sky", 1.4641), (".", 1.1)]),
    # (LONG:1.2)
    "a1111.long": web([(LONG, 1.2)]),
    # a galaxy BREAK [a star] BREAK
    "a1111.break": web([("a galaxy", 1.0), "BREAK", ("a star", 1 / 1.1), "BREAK"]),
    # a (big red)1.4 galaxy- and (dim)0.5 star
    "compel.weights": compel([("a", 1.0), ("big red", 1.4), ("galaxy", 0.9), ("and", 1.0), ("dim", 0.5), ("star", 1.0)]),
    # (LONG)0.7 nothing
    "compel.long": compel([(LONG, 0.7), ("nothing", 1.0)]),
    # LONG, read as plain text in chunks
    "compel.plain": compel([(LONG, 1.0)]),
}

if __name__ == "__main__":
    print({name: lengths for name, (_, lengths) in CASES.items()})
    save_file({name: z.contiguous() for name, (z, _) in CASES.items()}, REFERENCE / "tiny-sd.prompts.safetensors")
