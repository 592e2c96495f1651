# SPDX-License-Identifier: Apache-2.0
"""Writes ../resources/reference/additions/: LoRAs and learned words for tiny-sd in the forms in which they are published,
and what they make of it (`expected.safetensors`): changed weights, computed in float64, and the text encoder's output,
computed by transformers.

Run: python3 additions.py   (needs torch, transformers, tokenizers, safetensors)
"""
import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from transformers import CLIPTextModel

REFERENCE = Path(__file__).parent.parent / "resources" / "reference"
MODEL = REFERENCE / "tiny-sd"
OUT = REFERENCE / "additions"
OUT.mkdir(exist_ok=True)

generator = torch.Generator().manual_seed(20260101)
unet = load_file(MODEL / "unet" / "diffusion_pytorch_model.safetensors")
text = load_file(MODEL / "text_encoder" / "model.safetensors")
RANK, ALPHA = 3, 2.0


def noise(*shape):
    return torch.randn(shape, generator=generator) * 0.2


# layer -> (down, up, mid)
BLOCK = "down_blocks.0.attentions.0.transformer_blocks.0"
LINEAR = [f"{BLOCK}.attn1.to_q", f"{BLOCK}.attn2.to_k", f"{BLOCK}.attn1.to_out.0", f"{BLOCK}.ff.net.0.proj"]
TEXT = ["encoder.layers.0.self_attn.q_proj", "encoder.layers.1.mlp.fc2"]


def linear(weight):
    out, inner = weight.shape[:2]
    return noise(RANK, inner), noise(out, RANK), None


def conv(weight, middle):
    out, inner, kh, kw = weight.shape
    if middle:
        return noise(RANK, inner, 1, 1), noise(out, RANK, 1, 1), noise(RANK, RANK, kh, kw)
    return noise(RANK, inner, kh, kw), noise(out, RANK, 1, 1), None


def text_weight(name):
    return text.get(f"text_model.{name}.weight", text.get(f"{name}.weight"))


parts = {("unet", n): linear(unet[n + ".weight"]) for n in LINEAR}
parts |= {("text", n): linear(text_weight(n)) for n in TEXT}
# LyCORIS LoCon
locon = {
    ("unet", "down_blocks.0.resnets.0.conv1"): conv(unet["down_blocks.0.resnets.0.conv1.weight"], True),
    ("unet", "up_blocks.0.resnets.1.conv2"): conv(unet["up_blocks.0.resnets.1.conv2.weight"], False),
    ("unet", "down_blocks.0.attentions.0.proj_in"): conv(
        unet["down_blocks.0.attentions.0.proj_in.weight"].reshape(*unet["down_blocks.0.attentions.0.proj_in.weight"].shape[:2], 1, 1), False),
}


def kohya(all_parts, alpha=True):
    file = {}
    for (where, name), (down, up, mid) in all_parts.items():
        key = ("lora_unet_" + name if where == "unet" else "lora_te_text_model_" + name).replace(".", "_")
        file[key + ".lora_down.weight"], file[key + ".lora_up.weight"] = down, up
        if mid is not None:
            file[key + ".lora_mid.weight"] = mid
        if alpha:
            file[key + ".alpha"] = torch.tensor(ALPHA)
    return file


def diffusers(all_parts, down_end, up_end, alpha_end=None):
    file = {}
    for (where, name), (down, up, _) in all_parts.items():
        key = "unet." + name if where == "unet" else "text_encoder.text_model." + name
        file[key + down_end], file[key + up_end] = down, up
        if alpha_end:
            file[key + alpha_end] = torch.tensor(ALPHA)
    return file


def ldm(all_parts):
    """Names of the original checkpoint; block 0.0 of the way down is input block 1."""
    file = {}
    for (where, name), (down, up, _) in all_parts.items():
        if where == "unet":
            key = "lora_unet_" + name.replace("down_blocks.0.attentions.0", "input_blocks.1.1").replace(".", "_")
            file[key + ".lora_down.weight"], file[key + ".lora_up.weight"] = down, up
            file[key + ".alpha"] = torch.tensor(ALPHA)
    return file


def processors(all_parts):
    """What diffusers wrote in early 2023: attention processors of the UNet alone, no alpha."""
    file = {}
    for (where, name), (down, up, _) in all_parts.items():
        if where == "unet" and ".attn" in name:
            head, tail = name.removesuffix(".0").rsplit(".", 1)
            file[f"{head}.processor.{tail}_lora.down.weight"], file[f"{head}.processor.{tail}_lora.up.weight"] = down, up
    return file


def contiguous(file):
    return {k: v.contiguous() for k, v in file.items()}


save_file(contiguous(kohya(parts)), OUT / "kohya.safetensors")
save_file(contiguous({k: v.half() for k, v in kohya(parts).items()}), OUT / "kohya-half.safetensors")
save_file(contiguous(diffusers(parts, ".lora_A.weight", ".lora_B.weight", ".alpha")), OUT / "peft.safetensors")
save_file(contiguous(diffusers(parts, ".lora_A.weight", ".lora_B.weight")), OUT / "peft-header.safetensors",
          {"lora_adapter_metadata": json.dumps({f"{part}.{key}": value for part in ("unet", "text_encoder")
                                                for key, value in {"r": RANK, "lora_alpha": ALPHA, "rank_pattern": {}}.items()})})
save_file(contiguous(diffusers(parts, ".lora.down.weight", ".lora.up.weight", ".alpha")), OUT / "diffusers.safetensors")
torch.save(diffusers(parts, ".lora_linear_layer.down.weight", ".lora_linear_layer.up.weight", ".alpha"), OUT / "diffusers.bin")
save_file(contiguous(ldm(parts)), OUT / "ldm.safetensors")
save_file(contiguous(processors(parts)), OUT / "processors.safetensors")
save_file(contiguous(kohya(locon)), OUT / "locon.safetensors")

expected = {}


def fold(weight, part, factor):
    down, up, mid = (None if p is None else p.double() for p in part)
    if mid is not None:
        delta = torch.einsum("ijkl,jr,pi->prkl", mid, down[:, :, 0, 0], up[:, :, 0, 0])
    else:
        delta = up.reshape(up.shape[0], RANK) @ down.reshape(RANK, -1)
    return weight.double() + factor * delta.reshape(weight.shape)


for (where, name), part in (parts | locon).items():
    weight = unet[name + ".weight"] if where == "unet" else text_weight(name)
    expected[f"{where}.{name}"] = fold(weight, part, 0.8 * ALPHA / RANK).float()

tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer" / "tokenizer.json"))
tokenizer.no_truncation()
tokenizer.no_padding()
START, END = (tokenizer.token_to_id(t) for t in ("<|startoftext|>", "<|endoftext|>"))


def encode(encoder, ids):
    ids = [START] + ids + [END] * (76 - len(ids))
    with torch.no_grad():
        return encoder(input_ids=torch.tensor([ids])).last_hidden_state[0]


def tokens(words):
    return tokenizer.encode(words, add_special_tokens=False).ids


encoder = CLIPTextModel.from_pretrained(MODEL / "text_encoder", attn_implementation="eager").eval()
state = encoder.state_dict()
for (where, name), part in parts.items():
    if where == "text":
        key = next(k for k in state if k.endswith(name + ".weight"))
        state[key] = fold(state[key], part, 0.8 * ALPHA / RANK).float()
encoder.load_state_dict(state)
expected["text_hidden.lora"] = encode(encoder, tokens("a spiral galaxy"))

# Learned words: one of two vectors, one of one.
encoder = CLIPTextModel.from_pretrained(MODEL / "text_encoder", attn_implementation="eager").eval()
table = encoder.get_input_embeddings()
width = table.weight.shape[1]
two, one = noise(2, width), noise(width)
torch.save({"string_to_token": {"*": torch.tensor(265)}, "string_to_param": {"*": two}, "name": "skyglow", "step": 500,
            "sd_checkpoint": None, "sd_checkpoint_name": None}, OUT / "web.pt")
old = torch.nn.ParameterDict()
old["*"] = torch.nn.Parameter(two)
torch.save({"string_to_token": {"*": torch.tensor(265)}, "string_to_param": old, "name": "skyglow", "step": 500}, OUT / "web-old.pt")
save_file({"emb_params": two}, OUT / "skyglow.safetensors")
torch.save({"<dust-lane>": one}, OUT / "learned_embeds.bin")
save_file({"<dust-lane>": one}, OUT / "learned_embeds.safetensors")
save_file({"emb_params": torch.zeros(1, 1024)}, OUT / "sd2.safetensors")
save_file({"clip_l": torch.zeros(1, 768), "clip_g": torch.zeros(1, 1280)}, OUT / "xl.safetensors")

first = table.weight.shape[0]
bigger = torch.nn.Embedding(first + 3, width)
with torch.no_grad():
    bigger.weight.copy_(torch.cat([table.weight, two, one[None]]))
encoder.set_input_embeddings(bigger)
expected["text_hidden.words"] = encode(encoder, tokens("a galaxy in ") + [first, first + 1] + tokens(", ") + [first + 2] + tokens(" star"))

save_file(contiguous(expected), OUT / "expected.safetensors")
