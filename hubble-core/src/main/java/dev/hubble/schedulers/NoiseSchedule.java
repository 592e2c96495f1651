// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.HubbleException;
import dev.hubble.kernels.Tensor;
import java.util.List;

/// How much of a picture is left at each time `t = 0..N-1` of the training.
///
/// Diffusion adds a little noise at a time, `β_t` of the variance at step t. After all steps up to
/// `t` at once (Ho et al., 2020, arXiv:2006.11239, equation 4), a picture `x₀` has become
///
/// ```
/// x_t = √ᾱ_t x₀ + √(1-ᾱ_t) ε      with ᾱ_t = (1-β₀)(1-β₁)...(1-β_t) and ε normal
/// ```
///
/// For Stable Diffusion `ᾱ` falls from 0.99915 to 0.0047: nearly the picture, nearly only noise.
public final class NoiseSchedule {
  private final float[] alphasCumprod;

  private NoiseSchedule(float[] betas) {
    // Like PyTorch: 1-β in float, their product in double, each ᾱ rounded to float.
    alphasCumprod = new float[betas.length];
    double product = 1;
    for (int t = 0; t < betas.length; t++) {
      product *= 1 - betas[t];
      alphasCumprod[t] = (float) product;
    }
  }

  /// The schedule that a model was trained with.
  ///
  /// @throws HubbleException.Model if it makes no sense
  public static NoiseSchedule of(SchedulerConfig config) {
    int n = config.trainTimesteps();
    List<Double> trained = config.numbers("trained_betas");
    float[] betas;
    if (!trained.isEmpty()) {
      betas = new float[trained.size()];
      for (int t = 0; t < betas.length; t++) {
        betas[t] = trained.get(t).floatValue();
      }
      if (betas.length != n) {
        throw new HubbleException.Model(
            "scheduler_config.json: trained_betas has "
                + betas.length
                + " values, and num_train_timesteps is "
                + n
                + ".");
      }
    } else {
      double from = config.number("beta_start", 0.0001);
      double to = config.number("beta_end", 0.02);
      betas =
          switch (config.text("beta_schedule", "linear")) {
            case "linear" -> linspace((float) from, (float) to, n);
            case "scaled_linear" -> {
              float[] roots = linspace((float) Math.sqrt(from), (float) Math.sqrt(to), n);
              for (int t = 0; t < n; t++) {
                roots[t] *= roots[t];
              }
              yield roots;
            }
            case "squaredcos_cap_v2" -> cosine(n);
            case String other ->
                throw new HubbleException.Model(
                    "scheduler_config.json: beta_schedule is \"" + other + "\".");
          };
    }
    for (int t = 0; t < n; t++) {
      if (!(betas[t] > 0 && betas[t] < 1)) {
        throw new HubbleException.Model(
            "scheduler_config.json: the noise schedule adds "
                + betas[t]
                + " of the variance at time "
                + t
                + ", and must add between 0 and 1.");
      }
    }
    return new NoiseSchedule(betas);
  }

  /// How many times there are: 1000.
  public int trainTimesteps() {
    return alphasCumprod.length;
  }

  /// `ᾱ_t`, the part of the variance at time `t` that is the picture's.
  public double alphaBar(int t) {
    return alphasCumprod[t];
  }

  /// `σ_t = √((1-ᾱ_t)/ᾱ_t)`, the noise's size where the picture's is 1; in float, like PyTorch.
  public float sigma(int t) {
    float a = alphasCumprod[t];
    return (float) Math.sqrt((1 - a) / a);
  }

  /// The picture with the noise of time `t`: `√ᾱ x₀ + √(1-ᾱ) ε`.
  Tensor addNoise(Tensor picture, Tensor noise, int t) {
    double a = alphaBar(t);
    return new WeightedSum().add(Math.sqrt(a), picture).add(Math.sqrt(1 - a), noise).compute();
  }

  /// `σ` at a time that may lie between two whole ones, interpolated on a straight line.
  double sigmaBetween(double t) {
    int low = Math.clamp((long) Math.floor(t), 0, Math.max(0, trainTimesteps() - 2));
    int high = Math.min(low + 1, trainTimesteps() - 1);
    double part = Math.clamp(t - low, 0.0, 1.0);
    return sigma(low) + part * ((double) sigma(high) - sigma(low));
  }

  /// The time at which the noise has size `sigma`, interpolated on a straight line in `ln σ`; the
  /// first or last time if it never has.
  double timeOf(double sigma) {
    double log = Math.log(Math.max(sigma, 1e-10));
    int low = 0;
    int beyond = trainTimesteps() - 1; // the sizes rise with the time
    while (beyond - low > 1) {
      int middle = (low + beyond) >>> 1;
      if (logSigma(middle) <= log) {
        low = middle;
      } else {
        beyond = middle;
      }
    }
    double below = logSigma(low);
    double above = logSigma(beyond);
    return low + (above > below ? Math.clamp((log - below) / (above - below), 0.0, 1.0) : 0);
  }

  /// In float, like NumPy of floats.
  private float logSigma(int t) {
    return (float) Math.log(sigma(t));
  }

  /// `torch.linspace` in float: from both ends to the middle, with fused multiply-add.
  private static float[] linspace(float from, float to, int n) {
    float[] values = new float[n];
    float step = n == 1 ? 0 : (to - from) / (n - 1);
    for (int i = 0; i < n; i++) {
      values[i] = i < n / 2 ? Math.fma(step, i, from) : Math.fma(-step, n - 1 - i, to);
    }
    if (n == 1) {
      values[0] = from;
    }
    return values;
  }

  /// The schedule with `ᾱ ≈ cos²` (Nichol & Dhariwal, 2021, arXiv:2102.09672, equation 17).
  private static float[] cosine(int n) {
    float[] betas = new float[n];
    for (int t = 0; t < n; t++) {
      double beta = 1 - cosineAlphaBar((t + 1.0) / n) / cosineAlphaBar((double) t / n);
      betas[t] = (float) Math.min(beta, 0.999);
    }
    return betas;
  }

  private static double cosineAlphaBar(double time) {
    double cos = Math.cos((time + 0.008) / 1.008 * Math.PI / 2);
    return cos * cos;
  }
}
