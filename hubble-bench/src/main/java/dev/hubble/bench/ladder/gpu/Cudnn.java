// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gpu;

import static org.bytedeco.cuda.global.cudnn.CUDNN_CROSS_CORRELATION;
import static org.bytedeco.cuda.global.cudnn.CUDNN_DATA_FLOAT;
import static org.bytedeco.cuda.global.cudnn.CUDNN_DATA_HALF;
import static org.bytedeco.cuda.global.cudnn.CUDNN_STATUS_SUCCESS;
import static org.bytedeco.cuda.global.cudnn.CUDNN_TENSOR_NHWC;
import static org.bytedeco.cuda.global.cudnn.CUDNN_TENSOR_OP_MATH;
import static org.bytedeco.cuda.global.cudnn.cudnnConvolutionForward;
import static org.bytedeco.cuda.global.cudnn.cudnnCreate;
import static org.bytedeco.cuda.global.cudnn.cudnnCreateConvolutionDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnCreateFilterDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnCreateTensorDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnFindConvolutionForwardAlgorithm;
import static org.bytedeco.cuda.global.cudnn.cudnnGetErrorString;
import static org.bytedeco.cuda.global.cudnn.cudnnGetVersion;
import static org.bytedeco.cuda.global.cudnn.cudnnSetConvolution2dDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnSetConvolutionMathType;
import static org.bytedeco.cuda.global.cudnn.cudnnSetFilter4dDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnSetStream;
import static org.bytedeco.cuda.global.cudnn.cudnnSetTensor4dDescriptor;

import dev.hubble.kernels.Tensor;
import dev.hubble.kernels.cuda.Workbench;
import java.util.function.Supplier;
import org.bytedeco.cuda.cudnn.cudnnContext;
import org.bytedeco.cuda.cudnn.cudnnConvolutionFwdAlgoPerf_t;
import org.bytedeco.cuda.cudnn.cudnnConvolutionStruct;
import org.bytedeco.cuda.cudnn.cudnnFilterStruct;
import org.bytedeco.cuda.cudnn.cudnnTensorStruct;
import org.bytedeco.javacpp.FloatPointer;

/// NVIDIA's convolutions, as a baseline: channels last, f16, sums in float, by the algorithm that
/// the library itself finds fastest.
@SuppressWarnings("deprecation") // its newer interface builds graphs, to the same kernels
final class Cudnn implements Library {
  private static final int ALGORITHMS = 8; // more than it has

  private final Workbench bench;
  private final cudnnContext handle = new cudnnContext();

  Cudnn(Workbench bench) {
    this.bench = bench;
    long stream = bench.stream(); // makes the GPU's context current
    check(cudnnCreate(handle), "cudnnCreate");
    check(cudnnSetStream(handle, At.stream(stream)), "cudnnSetStream");
  }

  @Override
  public String version() {
    long version = cudnnGetVersion();
    return "cuDNN %d.%d.%d".formatted(version / 10000, version / 100 % 100, version % 100);
  }

  Supplier<Tensor> convolution(GpuConvolution p) {
    var image = tensor(p, p.in());
    var result = tensor(p, p.out());
    var filter = new cudnnFilterStruct();
    check(cudnnCreateFilterDescriptor(filter), "cudnnCreateFilterDescriptor");
    check(
        cudnnSetFilter4dDescriptor(
            filter, CUDNN_DATA_HALF, CUDNN_TENSOR_NHWC, p.out(), p.in(), 3, 3),
        "cudnnSetFilter4dDescriptor");
    var convolution = new cudnnConvolutionStruct();
    check(cudnnCreateConvolutionDescriptor(convolution), "cudnnCreateConvolutionDescriptor");
    check(
        cudnnSetConvolution2dDescriptor(
            convolution, 1, 1, 1, 1, 1, 1, CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT),
        "cudnnSetConvolution2dDescriptor");
    check(
        cudnnSetConvolutionMathType(convolution, CUDNN_TENSOR_OP_MATH),
        "cudnnSetConvolutionMathType");
    var best = fastest(image, filter, convolution, result);
    int algorithm = best.algo();
    long bytes = best.memory();
    var x = p.image(bench);
    var w = p.filter(bench);
    var y = bench.tensor(p.images(), p.height(), p.width(), p.out());
    var work = bench.tensor(Math.toIntExact(Math.max(8, Math.ceilDiv(bytes, 2))));
    var one = new FloatPointer(1f);
    var zero = new FloatPointer(0f);
    return () -> {
      bench.stream(); // what was asked for before comes first
      check(
          cudnnConvolutionForward(
              handle,
              one,
              image,
              new At(bench.address(x)),
              filter,
              new At(bench.address(w)),
              convolution,
              algorithm,
              new At(bench.address(work)),
              bytes,
              zero,
              result,
              new At(bench.address(y))),
          "cudnnConvolutionForward");
      return y;
    };
  }

  private cudnnConvolutionFwdAlgoPerf_t fastest(
      cudnnTensorStruct image,
      cudnnFilterStruct filter,
      cudnnConvolutionStruct convolution,
      cudnnTensorStruct result) {
    var all = new cudnnConvolutionFwdAlgoPerf_t(ALGORITHMS);
    int[] found = {0};
    check(
        cudnnFindConvolutionForwardAlgorithm(
            handle, image, filter, convolution, result, ALGORITHMS, found, all),
        "cudnnFindConvolutionForwardAlgorithm");
    // The fastest comes first; those that do not work come last.
    if (found[0] == 0 || all.position(0).status() != CUDNN_STATUS_SUCCESS) {
      throw new IllegalStateException("it has no algorithm for these sizes");
    }
    return all.position(0);
  }

  private static cudnnTensorStruct tensor(GpuConvolution p, int channels) {
    var tensor = new cudnnTensorStruct();
    check(cudnnCreateTensorDescriptor(tensor), "cudnnCreateTensorDescriptor");
    check(
        cudnnSetTensor4dDescriptor(
            tensor,
            CUDNN_TENSOR_NHWC,
            CUDNN_DATA_HALF,
            p.images(),
            channels,
            p.height(),
            p.width()),
        "cudnnSetTensor4dDescriptor");
    return tensor;
  }

  private static void check(int status, String call) {
    if (status != CUDNN_STATUS_SUCCESS) {
      throw new IllegalStateException(call + " failed: " + cudnnGetErrorString(status).getString());
    }
  }
}
