// SPDX-License-Identifier: Apache-2.0
//
// Attention, softmax(Q Kᵀ · scale) V per head: one kernel per width of head that Stable Diffusion has (40, 80, 160 in the UNet,
// 64 in CLIP, 512 in the VAE), each good for all narrower heads whose width is a multiple of 8, and one for everything else.
// The grid is (tiles of queries, heads, images).
#include "attention_flash.cuh"
#include "attention_plain.cuh"
#include "attention_wide.cuh"

#define HB_ATTENTION(NAME, T, BODY, BLOCK)                                                                                 \
  extern "C" __global__ void __launch_bounds__(BLOCK)                                                                     \
      hb_attention_##NAME(const T* q, const T* k, const T* v, T* y, int queries, int keys, int heads, int d, int q_stride, \
                          int kv_stride, int y_stride, float scale, int causal) {                                          \
    (void)heads;                                                                                                            \
    BODY(Heads<T>{q, k, v, y, queries, keys, d, q_stride, kv_stride, y_stride, scale, causal});                            \
  }                                                                                                                         \
  HB_REGISTER(hb_attention_##NAME, BLOCK)
#define HB_ATTENTIONS(S, T)                                         \
  HB_ATTENTION(S##_40, T, (flash<T, FlashShape<40, 64>>), 128)      \
  HB_ATTENTION(S##_64, T, (flash<T, FlashShape<64, 64>>), 128)      \
  HB_ATTENTION(S##_80, T, (flash<T, FlashShape<80, 64>>), 128)      \
  HB_ATTENTION(S##_160, T, (flash<T, FlashShape<160, 32>>), 128)    \
  HB_ATTENTION(S##_512, T, (attention_wide<T>), WideShape::THREADS) \
  HB_ATTENTION(S##_any, T, (attention_plain<T>), PlainShape::THREADS)

HB_ATTENTIONS(f16, f16)
HB_ATTENTIONS(bf16, bf16)
HB_ATTENTION(f32_any, float, (attention_plain<float>), PlainShape::THREADS)
