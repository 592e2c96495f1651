// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.kernels.Tensor;
import java.util.function.LongToIntFunction;
import java.util.function.Supplier;

/// Where a scheduler gets its noise, of the sample's shape: one number of the standard normal
/// distribution per latent, each picture of the batch from its own generator.
@FunctionalInterface
public interface Noise extends Supplier<Tensor> {
  /// The next noise of the run's own generators, which the initial noise came from, too.
  @Override
  Tensor get();

  /// The first noise of new generators, for schedulers that must come back to a place.
  ///
  /// @param generatorSeed makes the seed of a picture's new generator from the picture's own seed
  default Tensor fresh(LongToIntFunction generatorSeed) {
    throw new UnsupportedOperationException("this noise is one stream");
  }
}
