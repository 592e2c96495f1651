// SPDX-License-Identifier: Apache-2.0
import org.jspecify.annotations.NullMarked;

/// The files in which Stable Diffusion models are published.
@NullMarked
module dev.hubble.weights {
  requires static transitive org.jspecify;
  requires java.net.http;
  requires tools.jackson.databind;

  exports dev.hubble.weights;
  exports dev.hubble.weights.hub;
}
