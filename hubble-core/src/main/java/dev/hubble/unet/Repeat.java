// SPDX-License-Identifier: Apache-2.0
package dev.hubble.unet;

import dev.hubble.kernels.Tensor;
import java.util.Arrays;

/// With guidance the same latents are asked about with two prompts. Until the first cross-attention
/// nothing of the prompt has come in, so the two computations are one.
final class Repeat {
  private Repeat() {}

  /// `x` `[n,...]` as often as fills a batch of `images`: `[images,...]`.
  static Tensor to(int images, Tensor x) {
    int n = x.dim(0);
    if (n == images) {
      return x;
    }
    if (images % n != 0) {
      throw new IllegalArgumentException(
          "prompts for %d images do not go with latents of %d".formatted(images, n));
    }
    var copies = new Tensor[images / n];
    Arrays.fill(copies, x);
    return x.ops().batch(copies);
  }
}
