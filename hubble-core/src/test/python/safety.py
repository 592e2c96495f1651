# SPDX-License-Identifier: Apache-2.0
"""Writes ../resources/reference/safety/: a safety checker with small widths and random weights, in the files of a v1
repository, pictures, and what transformers and Pillow make of them (`expected.safetensors`). The comparison with the
concepts is written out here after the description of StableDiffusionSafetyChecker.

Run: python3 safety.py   (needs torch, transformers, safetensors, pillow, numpy)
"""
import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from transformers import CLIPVisionConfig, CLIPVisionModel

OUT = Path(__file__).parent.parent / "resources" / "reference" / "safety"
CHECKER = OUT / "safety_checker"
CHECKER.mkdir(parents=True, exist_ok=True)

torch.manual_seed(20260101)
SIDE, PATCH, WIDTH, PROJECTION = 56, 14, 32, 16
config = CLIPVisionConfig(hidden_size=WIDTH, intermediate_size=64, num_hidden_layers=3, num_attention_heads=4, image_size=SIDE,
                          patch_size=PATCH, hidden_act="quick_gelu", attn_implementation="eager")
model = CLIPVisionModel(config).eval()
for p in model.parameters():
    torch.nn.init.normal_(p, std=0.3)

file = {}
for key, value in model.state_dict().items():
    if not key.endswith("position_ids"):
        file["vision_model.vision_model." + key.removeprefix("vision_model.")] = value.clone().contiguous()
projection = torch.randn(PROJECTION, WIDTH)
concepts, special = torch.randn(17, PROJECTION), torch.randn(3, PROJECTION)
rng = np.random.default_rng(7)
pictures = {
    "wide": rng.integers(0, 256, (90, 131, 3), dtype=np.uint8),
    "small": rng.integers(0, 256, (40, 24, 3), dtype=np.uint8),
    "same": rng.integers(0, 256, (56, 56, 3), dtype=np.uint8),
    "gray": np.full((64, 64, 3), 128, dtype=np.uint8),
}
MEAN, STD = np.array([0.48145466, 0.4578275, 0.40821073]), np.array([0.26862954, 0.26130258, 0.27577711])


def pixels(picture):
    image = Image.fromarray(picture)
    w, h = image.size
    short = min(w, h)
    size = (SIDE if w == short else SIDE * w // short, SIDE if h == short else SIDE * h // short)
    image = np.asarray(image.resize(size, Image.Resampling.BICUBIC))
    top, left = (image.shape[0] - SIDE) // 2, (image.shape[1] - SIDE) // 2
    return image[top:top + SIDE, left:left + SIDE]


def embed(square):
    x = torch.tensor(((square / 255 - MEAN) / STD).transpose(2, 0, 1)[None], dtype=torch.float32)
    with torch.no_grad():
        return (model(pixel_values=x).pooler_output @ projection.T)[0]


seen = {name: embed(pixels(p)) for name, p in pictures.items()}


def cosines(x, table):
    return torch.nn.functional.normalize(x, dim=0) @ torch.nn.functional.normalize(table).T


# Thresholds that "wide" passes and "small" does not; one special concept that makes it stricter with "small" alone, and
# one concept that only then is too near.
wide, small = cosines(seen["wide"], concepts), cosines(seen["small"], concepts)
weights = torch.maximum(torch.stack([cosines(x, concepts) for x in seen.values()]).amax(0) + 0.05, torch.tensor(0.1))
nearest = int((small - wide).argmax())
weights[nearest] = small[nearest] + 0.005
special_weights = torch.stack([cosines(x, special) for x in seen.values()]).amax(0) + 0.05
care = int((cosines(seen["small"], special) - cosines(seen["wide"], special)).argmax())
special_weights[care] = cosines(seen["small"], special)[care] - 0.02

file |= {"visual_projection.weight": projection, "concept_embeds": concepts, "special_care_embeds": special,
         "concept_embeds_weights": weights, "special_care_embeds_weights": special_weights}
save_file(file, CHECKER / "model.safetensors")
(CHECKER / "config.json").write_text(json.dumps({
    "architectures": ["StableDiffusionSafetyChecker"], "model_type": "clip", "projection_dim": PROJECTION,
    "vision_config": {"hidden_size": WIDTH, "intermediate_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4,
                      "image_size": SIDE, "patch_size": PATCH, "hidden_act": "quick_gelu"}}, indent=1) + "\n")

expected = {}
for name, picture in pictures.items():
    special_scores, adjustment = [], 0.0
    for cosine, weight in zip(cosines(seen[name], special).tolist(), special_weights.tolist()):
        special_scores.append(round(cosine - weight + adjustment, 3))
        if special_scores[-1] > 0:
            adjustment = 0.01
    scores = [round(c - w + adjustment, 3) for c, w in zip(cosines(seen[name], concepts).tolist(), weights.tolist())]
    print(name, "flagged" if max(scores) > 0 else "passes", max(scores), special_scores)
    expected[name + ".picture"] = torch.tensor(picture.astype(np.int64))
    expected[name + ".square"] = torch.tensor(pixels(picture).astype(np.int64))
    expected[name + ".concepts"] = torch.tensor(scores, dtype=torch.float32)
    expected[name + ".special"] = torch.tensor(special_scores, dtype=torch.float32)
save_file({k: v.to(torch.uint8).contiguous() if v.dtype == torch.int64 else v for k, v in expected.items()},
          OUT / "expected.safetensors")
