// SPDX-License-Identifier: Apache-2.0
//
// Activation functions in float, as accurate as float allows: a kernel that applies one is bound by memory, not by them.
#pragma once

__device__ __forceinline__ float silu(float x) { return x / (1.0f + expf(-x)); }
__device__ __forceinline__ float quick_gelu(float x) { return x / (1.0f + expf(-1.702f * x)); }
// x · Φ(x) with the exact normal distribution function.
__device__ __forceinline__ float gelu(float x) { return x * normcdff(x); }
