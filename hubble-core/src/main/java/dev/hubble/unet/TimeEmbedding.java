// SPDX-License-Identifier: Apache-2.0
package dev.hubble.unet;

import dev.hubble.kernels.Tensor;
import dev.hubble.nn.Linear;
import dev.hubble.nn.Params;

/// Tells the network how noisy its input is: a time step becomes a vector of waves, and two linear
/// layers make an embedding of it.
public record TimeEmbedding(int waves, Linear linear1, Linear linear2) {
  public static TimeEmbedding load(Params p, int waves, int width) {
    return new TimeEmbedding(
        waves,
        Linear.load(p.at("linear_1"), waves, width),
        Linear.load(p.at("linear_2"), width, width));
  }

  /// One embedding per time step: `[steps,width]`.
  public Tensor apply(float[] timesteps) {
    var ops = linear1.ops();
    var waves = ops.upload(sinusoids(timesteps, this.waves), timesteps.length, this.waves);
    return linear2.apply(ops.silu(linear1.apply(waves)));
  }

  /// `[cos(t·f₀) ... cos(t·fₙ) sin(t·f₀) ... sin(t·fₙ)]` with `fᵢ = 10000^(-i/n)` (Ho et al., 2020,
  /// arXiv:2006.11239). The frequencies and angles are rounded to float where PyTorch rounds them.
  static float[] sinusoids(float[] timesteps, int waves) {
    int half = waves / 2;
    float[] out = new float[timesteps.length * waves];
    for (int i = 0; i < half; i++) {
      float exponent = (float) -Math.log(10000) * i / half;
      float frequency = (float) Math.exp(exponent);
      for (int t = 0; t < timesteps.length; t++) {
        float angle = timesteps[t] * frequency;
        out[t * waves + i] = (float) Math.cos(angle);
        out[t * waves + half + i] = (float) Math.sin(angle);
      }
    }
    return out;
  }
}
