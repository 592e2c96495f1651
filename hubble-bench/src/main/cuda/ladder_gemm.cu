// SPDX-License-Identifier: Apache-2.0
//
// The lower rungs of the GPU ladder of the matrix product, y = x wᵀ: x [m,k], w [n,k], y [m,n], all f16, sums in float. k and n are
// multiples of 8. The upper rungs are the kernels in production. docs/ladders/gpu-gemm.md says what limits each.
#include "pipeline.cuh"
#include "registers.cuh"
#include "tensor_cores.cuh"

#define RUNG(NAME, BLOCK)                                                                                                     \
  extern "C" __global__ void __launch_bounds__(BLOCK) rung_gemm_##NAME(const f16* x, const f16* w, f16* y, int m, int n, int k)

// Grid of all rungs: (ceil(m/rows), ceil(n/columns)); rows x columns is 16x16 up to here, then 128x128.
constexpr int SMALL = 16;

// A thread per result. Its two loads per multiply-add go to memory, or to whatever cache has them.
RUNG(naive, 256) {
  const int row = blockIdx.x * SMALL + threadIdx.x / SMALL, column = blockIdx.y * SMALL + threadIdx.x % SMALL;
  if (row >= m || column >= n) {
    return;
  }
  float sum = 0;
  for (int i = 0; i < k; i++) {
    sum += to_float(x[(long long)row * k + i]) * to_float(w[(long long)column * k + i]);
  }
  y[(long long)row * n + column] = from_float<f16>(sum);
}
HB_REGISTER(rung_gemm_naive, 256)

// A block's 16x16 results share 16 rows of each operand: every number is loaded once per block, and used 16 times.
RUNG(shared, 256) {
  HB_SHARED(float, a, SMALL * (SMALL + 1));
  HB_SHARED(float, b, SMALL * (SMALL + 1));
  const int r = threadIdx.x / SMALL, c = threadIdx.x % SMALL, row = blockIdx.x * SMALL + r, column = blockIdx.y * SMALL + c;
  float sum = 0;
  for (int at = 0; at < k; at += SMALL) {
    // Neighbouring threads load neighbours along k.
    const int of_w = blockIdx.y * SMALL + r;
    a[r * (SMALL + 1) + c] = row < m && at + c < k ? to_float(x[(long long)row * k + at + c]) : 0.0f;
    b[r * (SMALL + 1) + c] = of_w < n && at + c < k ? to_float(w[(long long)of_w * k + at + c]) : 0.0f;
    __syncthreads();
#pragma unroll
    for (int i = 0; i < SMALL; i++) {
      sum += a[r * (SMALL + 1) + i] * b[c * (SMALL + 1) + i];
    }
    __syncthreads();
  }
  if (row < m && column < n) {
    y[(long long)row * n + column] = from_float<f16>(sum);
  }
}
HB_REGISTER(rung_gemm_shared, 256)

RUNG(registers, OUTER_THREADS) { register_tile(MatrixRows<f16>{x, nullptr, m, k, k}, w, y, m, n, k); }
HB_REGISTER(rung_gemm_registers, OUTER_THREADS)

RUNG(tensor_cores, MmaTile::THREADS) { tensor_cores(MatrixRows<f16>{x, nullptr, m, k, k}, w, y, m, n, k); }
HB_REGISTER(rung_gemm_tensor_cores, MmaTile::THREADS)

RUNG(pipeline, MmaTile::THREADS) { pipeline(MatrixRows<f16>{x, nullptr, m, k, k}, w, y, m, n, k); }
HB_REGISTER(rung_gemm_pipeline, MmaTile::THREADS)
