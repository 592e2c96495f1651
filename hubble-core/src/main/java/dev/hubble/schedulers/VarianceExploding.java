// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.kernels.Tensor;

/// What the schedulers have in common that see diffusion as `x = x₀ + σ ε`: the picture stays as it
/// is, and the noise on top of it "explodes" with time (Song et al., 2020, arXiv:2011.13456). Their
/// first sample is noise of size 14.6, and because the UNet was trained on samples of variance 1,
/// it sees `x / √(σ²+1)`.
abstract class VarianceExploding implements Scheduler {
  final Sigmas sigmas;
  final Prediction prediction;
  private final String name;
  private final float initNoiseSigma;

  VarianceExploding(String name, SchedulerConfig config, Sigmas sigmas) {
    this.name = name + SigmaSpacing.of(config).suffix();
    this.sigmas = sigmas;
    this.prediction = config.prediction();
    double max = sigmas.values()[0];
    // A run that leaves out the last time of the training starts where some picture is left: its
    // variance is added.
    boolean fromTheEnd = !config.text("timestep_spacing", "linspace").equals("leading");
    this.initNoiseSigma = (float) (fromTheEnd ? max : Math.sqrt(max * max + 1));
  }

  @Override
  public final String name() {
    return name;
  }

  /// The size of the noise in the sample that call `call` looks at.
  abstract double sigma(int call);

  @Override
  public float[] timesteps() {
    return Timesteps.toFloats(sigmas.times());
  }

  @Override
  public final float initNoiseSigma() {
    return initNoiseSigma;
  }

  @Override
  public final Tensor scaleModelInput(Tensor sample, int call) {
    double sigma = sigma(call);
    return new WeightedSum().add(1 / Math.sqrt(sigma * sigma + 1), sample).compute();
  }

  @Override
  public final Tensor addNoise(Tensor picture, Tensor noise, int call) {
    return new WeightedSum().add(1, picture).add(sigma(call), noise).compute();
  }

  /// What is random and what is not in a step from `from` to `to` that, as a whole, leaves as much
  /// noise as the equation says: down to less than `to`, then up again with fresh noise.
  /// "Ancestral" is what this is called in Markov chains: each sample is drawn anew, given its
  /// ancestor.
  ///
  /// @param down where the step without chance ends
  /// @param up the size of the fresh noise: `down² + up² = to²`
  record Ancestral(double down, double up) {
    static Ancestral of(double from, double to) {
      double up = Math.min(to, Math.sqrt(to * to * (from * from - to * to) / (from * from)));
      return new Ancestral(Math.sqrt(to * to - up * up), up);
    }
  }
}
