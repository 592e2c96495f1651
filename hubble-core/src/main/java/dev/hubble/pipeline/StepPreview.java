// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.Progress;
import dev.hubble.kernels.Tensor;
import dev.hubble.nn.Observer;
import java.awt.image.BufferedImage;
import java.util.List;

/// What one UNet call says the pictures are becoming.
///
/// @param seen what the UNet saw, `[N,h,w,4]`
/// @param answer what it said
/// @param time of the call
/// @param observer looks on when the pictures are decoded
record StepPreview(Previews previews, Tensor seen, Tensor answer, float time, Observer observer)
    implements Progress.Preview {
  @Override
  public List<BufferedImage> rough() {
    try (var scope = seen.ops().openScope()) {
      return previews.rough(previews.denoised(seen, answer, time));
    }
  }

  @Override
  public List<BufferedImage> decoded() {
    try (var scope = seen.ops().openScope()) {
      return previews.decoded(previews.denoised(seen, answer, time), observer);
    }
  }
}
