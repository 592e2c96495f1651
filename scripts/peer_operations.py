# SPDX-License-Identifier: Apache-2.0
"""Times single operations in PyTorch: peer_operations.py DEVICE DTYPE CALLS OPERATION...

Prints NAME<tab>MICROSECONDS for each operation, named as dev.hubble.bench.model.OperationRun names them. On a GPU
the calls are recorded as a CUDA graph and timed by events, so that what Python costs is no part of it.
"""
import statistics
import sys
import time

import torch
import torch.nn.functional as F


def operation(name, device, dtype):
    kind, sizes = name.split(":")
    s = [int(n) for n in sizes.split("x")]
    make = lambda *shape: torch.rand(*shape, device=device, dtype=dtype) * 2 - 1
    if kind == "linear":
        x, w, b = make(s[0], s[2]), make(s[1], s[2]), make(s[1])
        return lambda: F.linear(x, w, b)
    if kind == "conv":
        x = make(s[0], s[3], s[1], s[2]).to(memory_format=torch.channels_last)
        w = make(s[4], s[3], 3, 3).to(memory_format=torch.channels_last)
        b = make(s[4])
        return lambda: F.conv2d(x, w, b, padding=1)
    if kind == "upsample":
        x = make(s[0], s[3], s[1], s[2]).to(memory_format=torch.channels_last)
        w = make(s[4], s[3], 3, 3).to(memory_format=torch.channels_last)
        b = make(s[4])
        return lambda: F.conv2d(F.interpolate(x, scale_factor=2.0, mode="nearest"), w, b, padding=1)
    if kind == "attention":
        n, queries, keys, channels, heads = s
        q, k, v = (make(n, m, heads, channels // heads).transpose(1, 2) for m in (queries, keys, keys))
        return lambda: F.scaled_dot_product_attention(q, k, v)
    raise ValueError("no operation " + name)


def micros(call, calls, cuda):
    for _ in range(5):
        call()
    if not cuda:
        start = time.perf_counter()
        for _ in range(calls):
            call()
        return (time.perf_counter() - start) * 1e6 / calls
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for _ in range(calls):
            call()
    graph.replay()
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    begin.record()
    graph.replay()
    end.record()
    end.synchronize()
    return begin.elapsed_time(end) * 1e3 / calls


def main():
    device, dtype, calls = sys.argv[1], dict(f32=torch.float32, f16=torch.float16, bf16=torch.bfloat16)[sys.argv[2]], int(sys.argv[3])
    cuda = device.startswith("cuda")
    torch.backends.cudnn.benchmark = True
    name = torch.cuda.get_device_name() if cuda else "cpu"
    print(f"version\t{torch.__version__}, cuDNN {torch.backends.cudnn.version()}, {name}", flush=True)
    with torch.inference_mode():
        for name in sys.argv[4:]:
            call = operation(name, device, dtype)
            print(f"{name}\t{statistics.median(micros(call, calls, cuda) for _ in range(5)):.2f}", flush=True)


main()
