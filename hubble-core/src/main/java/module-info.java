// SPDX-License-Identifier: Apache-2.0
import org.jspecify.annotations.NullMarked;

/// Stable Diffusion v1.x: from a prompt to a picture.
@NullMarked
module dev.hubble.core {
  requires static transitive org.jspecify;
  requires transitive java.desktop;
  requires transitive dev.hubble.kernels;
  requires dev.hubble.weights;
  requires jdk.jfr;
  requires tools.jackson.databind;
  requires it.unimi.dsi.fastutil.core;

  exports dev.hubble;
  exports dev.hubble.image;
  exports dev.hubble.schedulers;
}
