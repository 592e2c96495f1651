// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

import dev.hubble.HubbleException;
import dev.hubble.kernels.Ops;
import dev.hubble.vae.VaeConfig;
import dev.hubble.vae.VaeEncoder;
import dev.hubble.weights.WeightsException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The encoder half of a model's VAE, read when a picture to start from is first asked for: most
/// runs start from text and have no use for its 34 million weights. Asked for outside every scope
/// of the backend, so that it stays.
public final class LazyEncoder implements Supplier<VaeEncoder> {
  private final ModelFiles files;
  private final Ops ops;
  private @Nullable VaeEncoder encoder;

  public LazyEncoder(ModelFiles files, Ops ops) {
    this.files = files;
    this.ops = ops;
  }

  @Override
  public VaeEncoder get() {
    VaeEncoder known = encoder;
    if (known == null) {
      known = read();
      encoder = known;
    }
    return known;
  }

  private VaeEncoder read() {
    var config = VaeConfig.of(Component.VAE.config(files));
    try (var store = Component.VAE.weights(files)) {
      return Component.load(
          store, ops, _ -> {}, p -> VaeEncoder.load(p, config), Component.ENCODER);
    } catch (WeightsException e) {
      throw new HubbleException.Model(e.getMessage(), e);
    }
  }
}
