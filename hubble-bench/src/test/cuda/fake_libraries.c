// SPDX-License-Identifier: Apache-2.0
//
// As much of cuBLAS and cuDNN as the ladders' baselines call, in plain loops, for the mock driver, whose device memory is the
// host's: so that the calls' arguments are tested where there are no such libraries. Each function checks what it does not compute.
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef _Float16 half;
enum { OK = 0, INVALID = 7, NOT_SUPPORTED = 15 };

// ---- cuBLAS: columns first ----

#define F16 2
#define COMPUTE_32F 68

int cublasCreate_v2(void** handle) { return (*handle = malloc(1)) ? OK : INVALID; }
int cublasSetStream_v2(void* handle, void* stream) { return handle && stream ? OK : INVALID; }
int cublasGetVersion_v2(void* handle, int* version) {
  *version = 130102;
  return handle ? OK : INVALID;
}
const char* cublasGetStatusName(int status) { return status == INVALID ? "CUBLAS_STATUS_INVALID_VALUE" : "CUBLAS_STATUS_NOT_SUPPORTED"; }

int cublasGemmStridedBatchedEx(void* handle, int op_a, int op_b, int m, int n, int k, const float* alpha, const half* a, int type_a, int lda,
                               long long head_a, const half* b, int type_b, int ldb, long long head_b, const float* beta, half* c, int type_c,
                               int ldc, long long head_c, int count, int compute, int algorithm) {
  if (type_a != F16 || type_b != F16 || type_c != F16 || compute != COMPUTE_32F || algorithm != -1 || op_b != 0 || *beta != 0) {
    return NOT_SUPPORTED;
  }
  if (!handle || lda < (op_a ? k : m) || ldb < k || ldc < m) {
    return INVALID;
  }
  for (int h = 0; h < count; h++) {
    for (int j = 0; j < n; j++) {
      for (int i = 0; i < m; i++) {
        float sum = 0;
        for (int l = 0; l < k; l++) {
          sum += (float)a[h * head_a + (op_a ? (long long)i * lda + l : (long long)l * lda + i)] * (float)b[h * head_b + (long long)j * ldb + l];
        }
        c[h * head_c + (long long)j * ldc + i] = (half)(*alpha * sum);
      }
    }
  }
  return OK;
}
int cublasGemmEx(void* handle, int op_a, int op_b, int m, int n, int k, const float* alpha, const half* a, int type_a, int lda, const half* b,
                 int type_b, int ldb, const float* beta, half* c, int type_c, int ldc, int compute, int algorithm) {
  return cublasGemmStridedBatchedEx(handle, op_a, op_b, m, n, k, alpha, a, type_a, lda, 0, b, type_b, ldb, 0, beta, c, type_c, ldc, 0, 1,
                                    compute, algorithm);
}

// ---- cuDNN ----

typedef struct {
  int values[8];
} Descriptor;
typedef struct {
  int algorithm, status;
  float time;
  size_t memory;
  int determinism, math, reserved[3];
} Performance;
enum { NHWC = 1, HALF = 2, FLOAT = 0, CROSS_CORRELATION = 1, TENSOR_OP_MATH = 1, CHOSEN = 1 };

static int create(void** descriptor) { return (*descriptor = calloc(1, sizeof(Descriptor))) ? OK : INVALID; }
int cudnnCreate(void** handle) { return create(handle); }
int cudnnSetStream(void* handle, void* stream) { return handle && stream ? OK : INVALID; }
size_t cudnnGetVersion(void) { return 92501; }
const char* cudnnGetErrorString(int status) { return status == INVALID ? "CUDNN_STATUS_BAD_PARAM" : "CUDNN_STATUS_NOT_SUPPORTED"; }
int cudnnCreateTensorDescriptor(void** d) { return create(d); }
int cudnnCreateFilterDescriptor(void** d) { return create(d); }
int cudnnCreateConvolutionDescriptor(void** d) { return create(d); }
int cudnnSetTensor4dDescriptor(Descriptor* d, int format, int type, int n, int c, int h, int w) {
  *d = (Descriptor){{n, c, h, w}};
  return format == NHWC && type == HALF ? OK : NOT_SUPPORTED;
}
int cudnnSetFilter4dDescriptor(Descriptor* d, int type, int format, int k, int c, int h, int w) {
  *d = (Descriptor){{k, c, h, w}};
  return format == NHWC && type == HALF ? OK : NOT_SUPPORTED;
}
int cudnnSetConvolution2dDescriptor(Descriptor* d, int pad_h, int pad_w, int u, int v, int dilation_h, int dilation_w, int mode, int compute) {
  *d = (Descriptor){{pad_h, pad_w, u, v, dilation_h, dilation_w}};
  return mode == CROSS_CORRELATION && compute == FLOAT ? OK : NOT_SUPPORTED;
}
int cudnnSetConvolutionMathType(Descriptor* d, int type) { return d && type == TENSOR_OP_MATH ? OK : NOT_SUPPORTED; }
int cudnnFindConvolutionForwardAlgorithm(void* handle, Descriptor* x, Descriptor* w, Descriptor* conv, Descriptor* y, int wanted, int* found,
                                         Performance* results) {
  (void)handle, (void)x, (void)w, (void)conv, (void)y;
  memset(results, 0, wanted * sizeof *results);
  results[0].algorithm = CHOSEN;
  results[0].memory = 100;
  *found = 1;
  return OK;
}
int cudnnConvolutionForward(void* handle, const float* alpha, Descriptor* xd, const half* x, Descriptor* wd, const half* w, Descriptor* conv,
                            int algorithm, char* work, size_t bytes, const float* beta, Descriptor* yd, half* y) {
  const int *xs = xd->values, *ws = wd->values, *ys = yd->values;
  const int plain[] = {1, 1, 1, 1, 1, 1};
  if (!handle || algorithm != CHOSEN || bytes != 100 || *alpha != 1 || *beta != 0 || memcmp(conv->values, plain, sizeof plain) || ws[2] != 3 ||
      ws[3] != 3 || xs[1] != ws[1] || ys[1] != ws[0] || ys[0] != xs[0] || ys[2] != xs[2] || ys[3] != xs[3]) {
    return INVALID;
  }
  memset(work, 0, bytes);
  for (int n = 0; n < ys[0]; n++) {
    for (int p = 0; p < ys[2]; p++) {
      for (int q = 0; q < ys[3]; q++) {
        for (int o = 0; o < ys[1]; o++) {
          float sum = 0;
          for (int tap = 0; tap < 9; tap++) {
            const int row = p + tap / 3 - 1, column = q + tap % 3 - 1;
            for (int c = 0; row >= 0 && row < xs[2] && column >= 0 && column < xs[3] && c < xs[1]; c++) {
              sum += (float)x[((n * xs[2] + row) * xs[3] + column) * xs[1] + c] * (float)w[(o * 9 + tap) * ws[1] + c];
            }
          }
          y[((n * ys[2] + p) * ys[3] + q) * ys[1] + o] = (half)sum;
        }
      }
    }
  }
  return OK;
}
