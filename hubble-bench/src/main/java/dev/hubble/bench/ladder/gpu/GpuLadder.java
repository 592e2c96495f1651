// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gpu;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A ladder on a GPU.
///
/// @param name also, behind `gpu-`, that of its page in `docs/ladders`
/// @param shape the problem's sizes, unless others are asked for: a layer of the UNet at 512x512
/// @param sizes what they are
/// @param baseline the library that it is compared with
/// @param copies whether Hopper's copy engine is a rung of its own
/// @param problem makes a problem from sizes
public record GpuLadder(
    String name,
    String shape,
    List<String> sizes,
    String baseline,
    boolean copies,
    Function<int[], GpuProblem> problem) {

  /// All of them.
  public static final List<GpuLadder> ALL =
      List.of(
          new GpuLadder(
              "gemm",
              "2048x5120x640",
              List.of("rows", "outputs", "depth"),
              "cuBLAS",
              true,
              s -> GpuGemm.of(s[0], s[1], s[2])),
          new GpuLadder(
              "convolution",
              "2x64x64x320x320",
              List.of("images", "height", "width", "inputs", "outputs"),
              "cuDNN",
              true,
              s -> GpuConvolution.of(s[0], s[1], s[2], s[3], s[4])),
          new GpuLadder(
              "attention",
              "2x4096x4096x8x40",
              List.of("images", "queries", "keys", "heads", "width of a head"),
              "cuBLAS",
              false,
              s -> GpuAttention.of(s[0], s[1], s[2], s[3], s[4])));

  /// The ladder of that name.
  ///
  /// @throws IllegalArgumentException if there is none
  public static GpuLadder of(String name) {
    return ALL.stream()
        .filter(ladder -> ladder.name.equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "There is no ladder \"%s\" on GPUs; there are %s."
                    .formatted(
                        name,
                        ALL.stream().map(GpuLadder::name).collect(Collectors.joining(", ")))));
  }

  /// A problem of the given sizes, such as `2048x5120x640`.
  public GpuProblem prepare(String shape) {
    if (!shape.matches("[1-9][0-9]{0,8}(x[1-9][0-9]{0,8}){" + (sizes.size() - 1) + "}")) {
      throw new IllegalArgumentException(
          "The sizes of the GPU ladder %s are %s, such as %s, not \"%s\"."
              .formatted(name, String.join(" x ", sizes), this.shape, shape));
    }
    return problem.apply(Stream.of(shape.split("x", -1)).mapToInt(Integer::parseInt).toArray());
  }
}
