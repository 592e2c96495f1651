// SPDX-License-Identifier: Apache-2.0
package dev.hubble.random;

/// Where the noise of a picture comes from. Successive calls continue one stream: the first draw
/// makes the initial latents, later ones feed the schedulers that add noise on the way.
@FunctionalInterface
public interface NoiseSource {
  /// `n` independent numbers from the normal distribution with mean 0 and variance 1.
  float[] randn(int n);
}
