# SPDX-License-Identifier: Apache-2.0
"""PyTorch's side of `--peer`: makes a network when its name comes in, runs it once for every "run".

Arguments: the file that defines the networks, the number format, threads, whether channels are last.
"""
import importlib.util
import sys
import time


def main():
    path, dtype, threads, last = sys.argv[1:5]
    try:
        import torch

        spec = importlib.util.spec_from_file_location("networks", path)
        networks = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(networks)
        formats = dict(f32=torch.float32, f16=torch.float16, bf16=torch.bfloat16)
        torch.set_num_threads(int(threads))
        torch.manual_seed(0)
        print(torch.__version__, flush=True)
        with torch.inference_mode():
            serve(torch, networks, formats[dtype], last == "true")
    except Exception as e:
        print("error", " ".join(str(e).split()) or type(e).__name__, flush=True)


def serve(torch, networks, dtype, last):
    layout = torch.channels_last if last else torch.contiguous_format
    network, inputs = None, ()
    for line in sys.stdin:
        word = line.strip()
        if word == "run":
            start = time.perf_counter()
            network(*inputs)
            print((time.perf_counter() - start) * 1e3, flush=True)
            continue
        network, inputs = None, ()  # the memory of the one before
        latents = torch.randn(2, 4, 64, 64, dtype=dtype).to(memory_format=layout)
        if word == "text":
            network, inputs = networks.Text(), (torch.randint(0, 49408, (2, 77)),)
        elif word == "vae":
            network, inputs = networks.Decoder(), (latents[:1],)
        elif word == "unet":
            network = networks.UNet()
            inputs = (latents, torch.tensor(981), torch.randn(2, 77, 768, dtype=dtype))
        else:
            raise ValueError("no network " + word)
        network = network.eval().to(dtype).to(memory_format=layout)
        print("ready", flush=True)


main()
